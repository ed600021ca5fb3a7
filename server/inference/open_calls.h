// Counts the calls that are not done: whose answer, or whose last message, has not been taken yet. A drain waits for
// them, because a slow reader may still take messages when all its chains have ended.
//
// Errors: ResourceExhausted, with the limit, if as many calls are open as may be.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_INFERENCE_OPEN_CALLS_H_
#define EBM_SERVER_INFERENCE_OPEN_CALLS_H_

#include <limits>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"

namespace ebm::inference {

class OpenCalls {
 private:
  struct Count {
    batching::Mutex mu;
    batching::CondVar none;
    int open ABSL_GUARDED_BY(mu) = 0;
  };
  struct Close {
    void operator()(Count* count) const;
    std::shared_ptr<Count> shared;  // keeps the count alive
  };

 public:
  explicit OpenCalls(int most = std::numeric_limits<int>::max()) : most_(most) {}

  int most() const { return most_; }

  // Counts a call until it is destroyed; it may outlive this object.
  using Token = std::unique_ptr<Count, Close>;
  absl::StatusOr<Token> Open();

  // Waits until no call is open, or until the time. Returns whether none is.
  bool WaitUntilNone(batching::SteadyTime until, const batching::Clock& clock) const;

 private:
  const int most_;
  const std::shared_ptr<Count> count_ = std::make_shared<Count>();
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_OPEN_CALLS_H_
