// Counts the calls that are not done: whose answer, or whose last message, gRPC has not taken yet. A drain waits for
// them, because a slow reader may still take messages when all its chains have ended.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_OPEN_CALLS_H_
#define EBM_SERVER_RPC_OPEN_CALLS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"

namespace ebm::rpc {

class OpenCalls {
 public:
  // Counts a call until the token, which may outlive this object, is destroyed.
  using Token = std::shared_ptr<const void>;
  Token Open();

  // Waits until no call is open, or until the time. Returns whether none is.
  bool WaitUntilNone(batching::SteadyTime until, const batching::Clock& clock) const;

 private:
  struct Count {
    batching::Mutex mu;
    batching::CondVar none;
    int open ABSL_GUARDED_BY(mu) = 0;
  };
  const std::shared_ptr<Count> count_ = std::make_shared<Count>();
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_OPEN_CALLS_H_
