// What the calls of a client share: the stubs, the token, the deadline, the retries.
//
// Threads: all methods may be called concurrently.

#ifndef EBM_CLIENT_CONNECTION_H_
#define EBM_CLIENT_CONNECTION_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/bearer_token.h"
#include "client/connection_options.h"
#include "client/retry.h"
#include "client/stubs.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {

absl::Status FromGrpc(const grpc::Status& status);

class Connection {
 public:
  static absl::StatusOr<std::shared_ptr<Connection>> Create(const ConnectionOptions& options);

  // Over stubs of the caller's own.
  Connection(std::unique_ptr<Stubs> stubs, std::unique_ptr<BearerToken> token, const ConnectionOptions& options,
             std::shared_ptr<RetryClock> clock);

  Stubs& stubs() { return *stubs_; }
  const ConnectionOptions& options() const { return options_; }
  RetryClock& clock() { return *clock_; }
  RetryBudget& budget() { return budget_; }

  // Sets what every call has: the time that is left for it, the token, whether it waits for a server.
  void Prepare(absl::Duration time, grpc::ClientContext& context);

  // Sends one request with `send`, which may be called repeatedly, each time with a context of its own.
  using Send = std::function<grpc::Status(grpc::ClientContext*)>;
  absl::Status Call(const Send& send);      // again after RESOURCE_EXHAUSTED, within the options
  absl::Status CallOnce(const Send& send);  // for calls that change the server

  // The wait before the next attempt of something that began at `begin` (of clock()). The status itself if there is to
  // be none: it is not retryable, these were all attempts, the budget is spent, or the deadline comes before.
  absl::StatusOr<absl::Duration> NextWait(const absl::Status& status, int attempts_done, absl::Duration begin);

 private:
  const std::unique_ptr<Stubs> stubs_;
  const std::unique_ptr<BearerToken> token_;  // null: none
  const ConnectionOptions options_;
  const std::shared_ptr<RetryClock> clock_;
  RetryBudget budget_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CONNECTION_H_
