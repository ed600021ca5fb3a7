// Sends a plan's requests over several connections, as many at once as the plan asks for, and reports what came back.
//
// On a completion queue and a thread of its own, so that every call is gone before the driver is: with gRPC's callbacks
// the last reference to a channel may fall on the library's own thread, which release 1.51 does not survive.
//
// Threads: Run from one thread, once; a thread of the driver's own handles what comes back.

#ifndef EBM_CLIENT_LOAD_LOAD_DRIVER_H_
#define EBM_CLIENT_LOAD_LOAD_DRIVER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/load/load_plan.h"
#include "client/load/load_report.h"
#include "client/stubs.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {

struct LoadOptions {
  std::string server;
  int connections = 4;
  int64_t dimension = 0;  // D of the rows that are sent
  uint32_t frame_interval = 20;
  absl::Duration warm_up;                       // requests that are due (or sent) before are not reported
  absl::Duration deadline = absl::Seconds(30);  // of each call
};

class LoadDriver {
 public:
  explicit LoadDriver(const LoadOptions& options);
  ~LoadDriver();

  // Each request at its time, however many are still under way. Returns when all have ended.
  void RunOpenLoop(const std::vector<PlannedRequest>& plan);
  // So many callers for so long, each with one request under way, over and over through the plan.
  void RunClosedLoop(const std::vector<PlannedRequest>& plan, int callers, absl::Duration length);

  // After a run.
  LoadReport report() const;
  // From the end of the warm-up to the last answer.
  absl::Duration reported_length() const;

 private:
  class Call;
  template <typename Response>
  class UnaryCall;
  class SampleCall;

  void Send(const PlannedRequest& request, absl::Time due);
  void SendNext();  // of a closed loop
  void Ended(absl::Time due, RequestOutcome outcome, const std::string& code);
  void WaitForAll();

  const LoadOptions options_;
  grpc::CompletionQueue queue_;
  std::thread events_;  // of the queue
  std::vector<std::unique_ptr<Stubs>> stubs_;
  absl::Time start_;
  // Of a closed loop.
  const std::vector<PlannedRequest>* plan_ = nullptr;
  absl::Time stop_ = absl::InfinitePast();

  std::atomic<uint64_t> sent_ = 0;
  mutable absl::Mutex mu_;
  int64_t under_way_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time last_end_ ABSL_GUARDED_BY(mu_);
  LoadReport report_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_DRIVER_H_
