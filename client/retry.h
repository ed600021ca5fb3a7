// Retries that gRPC cannot do (connection_options.h says which): when to wait, how long, and when to give up.
//
// Threads: RetryBudget may be used concurrently; the rest is free of state.

#ifndef EBM_CLIENT_RETRY_H_
#define EBM_CLIENT_RETRY_H_

#include <memory>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/connection_options.h"

namespace ebm::client {

// The token bucket of gRFC A6: it begins with 2 * burst tokens; a failed attempt takes one, an answered request adds
// `budget`; a retry is allowed while at least `burst` are left.
class RetryBudget {
 public:
  explicit RetryBudget(const RetryOptions& options);

  void NoteAnswer();
  // Whether the failed attempt may be repeated.
  bool NoteFailure();

 private:
  const double most_;
  const double added_;
  absl::Mutex mu_;
  double tokens_ ABSL_GUARDED_BY(mu_);
};

// Time and chance, which tests replace.
class RetryClock {
 public:
  virtual ~RetryClock() = default;

  virtual absl::Duration Now() = 0;  // since any fixed time; steady
  // Returns after this time, or earlier if a stop is requested.
  virtual void Wait(absl::Duration time, const std::stop_token& stop) = 0;
  virtual double Chance() = 0;  // uniform in [0, 1)
};

// The system's. Thread-safe.
std::shared_ptr<RetryClock> SystemRetryClock();

// Whether the servers are overloaded. gRPC uses the same code for a message above the client's own limit, which no wait
// makes smaller.
bool IsOverload(const absl::Status& status);
bool IsRetryable(const absl::Status& status);

// The wait before retry number `retry`, from 0: between half of the exponential wait and all of it. REQUIRES: a
// retryable status.
absl::Duration WaitBefore(int retry, const absl::Status& status, const RetryOptions& options, double chance);

}  // namespace ebm::client

#endif  // EBM_CLIENT_RETRY_H_
