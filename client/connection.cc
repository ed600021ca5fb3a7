#include "client/connection.h"

#include <utility>

#include "client/channel.h"
#include "client/deadline.h"
#include "model/core/status_macros.h"

namespace ebm::client {

// gRPC and Abseil use the same numbers for status codes.
absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::StatusOr<std::shared_ptr<Connection>> Connection::Create(const ConnectionOptions& options) {
  EBM_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, MakeChannel(options));
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<BearerToken> token, BearerToken::Create(options.token));
  return std::make_shared<Connection>(std::make_unique<Stubs>(channel), std::move(token), options, SystemRetryClock());
}

Connection::Connection(std::unique_ptr<Stubs> stubs, std::unique_ptr<BearerToken> token,
                       const ConnectionOptions& options, std::shared_ptr<RetryClock> clock)
    : stubs_(std::move(stubs)),
      token_(std::move(token)),
      options_(options),
      clock_(std::move(clock)),
      budget_(options.retry) {}

void Connection::Prepare(absl::Duration time, grpc::ClientContext& context) {
  if (time != absl::InfiniteDuration()) context.set_deadline(DeadlineAfter(time));
  context.set_wait_for_ready(options_.unconnected == Unconnected::kWaits);
  if (token_ != nullptr) context.AddMetadata(kAuthorizationHeader, token_->Header());
}

absl::StatusOr<absl::Duration> Connection::NextWait(const absl::Status& status, int attempts_done,
                                                    absl::Duration begin) {
  if (!IsRetryable(status) || attempts_done >= options_.retry.attempts || !budget_.NoteFailure()) return status;
  const absl::Duration wait = WaitBefore(attempts_done - 1, status, options_.retry, clock_->Chance());
  if (wait >= options_.deadline - (clock_->Now() - begin)) return status;
  return wait;
}

absl::Status Connection::Call(const Send& send) {
  const absl::Duration begin = clock_->Now();
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    Prepare(options_.deadline - (clock_->Now() - begin), context);
    const absl::Status status = FromGrpc(send(&context));
    if (status.ok()) budget_.NoteAnswer();
    if (!IsOverload(status)) return status;  // gRPC has retried what else can be
    EBM_ASSIGN_OR_RETURN(const absl::Duration wait, NextWait(status, attempt, begin));
    clock_->Wait(wait, {});
  }
}

absl::Status Connection::CallOnce(const Send& send) {
  grpc::ClientContext context;
  Prepare(options_.deadline, context);
  return FromGrpc(send(&context));
}

}  // namespace ebm::client
