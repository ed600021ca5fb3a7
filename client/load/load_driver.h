// Sends the requests of a load plan over several connections, many at a time, and collects a report of the answers.
//
// It uses a completion queue and its own thread, so that all calls are destroyed before the driver is. With gRPC's
// callback API, the last reference to a channel may be released on one of gRPC's own threads, which crashes in release
// 1.51.
//
// Threads: call one Run function, once, from one thread. A thread of the driver handles the answers.

#ifndef EBM_CLIENT_LOAD_LOAD_DRIVER_H_
#define EBM_CLIENT_LOAD_LOAD_DRIVER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/bearer_token.h"
#include "client/connection_options.h"
#include "client/load/load_plan.h"
#include "client/load/load_report.h"
#include "client/messages.h"
#include "client/stubs.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {

struct LoadOptions {
  ConnectionOptions connection = {.deadline = absl::Seconds(30), .retry = {.attempts = 1}};  // errors are counted
  ModelSelector model;
  int connections = 4;
  int64_t dimension = 0;  // D, the length of the rows to send
  uint32_t frame_interval = 20;
  absl::Duration warm_up;  // requests that are due (or sent) during it are not reported
};

class LoadDriver {
 public:
  // Errors: those of MakeChannel and BearerToken::Create.
  static absl::StatusOr<std::unique_ptr<LoadDriver>> Create(const LoadOptions& options);
  ~LoadDriver();

  // Sends each request when it is due, regardless of how many are in flight. Returns when all have ended.
  void RunOpenLoop(const std::vector<PlannedRequest>& plan);
  // Runs `callers` callers for `length`. Each has one request in flight at a time; together they cycle through the
  // plan.
  void RunClosedLoop(const std::vector<PlannedRequest>& plan, int callers, absl::Duration length);

  // To be called after a run.
  LoadReport report() const;
  // From the end of the warm-up to the last answer.
  absl::Duration reported_length() const;

 private:
  // Latencies are differences of a steady clock, so that a step of the wall clock does not enter them.
  using SteadyTime = std::chrono::steady_clock::time_point;

  class Call;
  template <typename Response>
  class UnaryCall;
  class SampleCall;

  explicit LoadDriver(const LoadOptions& options) : options_(options) {}

  void Send(const PlannedRequest& request, SteadyTime due);
  void SendNext();  // the next request of a closed loop
  void Ended(SteadyTime due, RequestOutcome outcome, const std::string& code);
  void WaitForAll();

  const LoadOptions options_;
  grpc::CompletionQueue queue_;
  std::thread events_;  // handles the events of queue_
  std::vector<std::unique_ptr<Stubs>> stubs_;
  std::unique_ptr<BearerToken> token_;  // null: none
  SteadyTime start_;
  // State of a closed loop.
  const std::vector<PlannedRequest>* plan_ = nullptr;
  SteadyTime stop_ = SteadyTime::min();

  std::atomic<uint64_t> sent_ = 0;
  mutable absl::Mutex mu_;
  int64_t under_way_ ABSL_GUARDED_BY(mu_) = 0;
  SteadyTime last_end_ ABSL_GUARDED_BY(mu_);
  LoadReport report_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_DRIVER_H_
