#include "server/rpc/oip/stream_reactor.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/guarded.h"
#include "server/rpc/oip/row_stream_call.h"
#include "server/rpc/oip/sample_call.h"
#include "server/rpc/status.h"

namespace ebm::rpc::oip {
namespace {

// A request for a model that does not exist.
class RefusedCall final : public StreamCall {
 public:
  void WroteResponse(Written /*written*/) override {}
  void Cancel() override {}
};

// Notes the model of the stream's first request.
void NoteModel(const inference::ModelInfo& model, inference::CallWork& work) {
  if (!work.model.empty()) return;
  work.model = model.name;
  work.version = model.version;
}

}  // namespace

StreamReactor::StreamReactor(grpc::CallbackServerContext* context, const Parts& parts, inference::OpenCalls::Token open)
    : context_(*context),
      catalog_(*parts.catalog),
      gate_(*parts.gate),
      parts_(parts.parts),
      statistics_(*parts.statistics),
      open_(std::move(open)) {
  StartRead(&request_);
}

void StreamReactor::OnReadDone(bool ok) {
  if (ok) StartCall();
  const absl::MutexLock lock(&mu_);
  if (ok) return ReadNext();
  reading_ = Reading::kEnded;
  FinishIfDone();
}

void StreamReactor::ReadNext() {
  if (cancelled_) {
    reading_ = Reading::kEnded;
    return FinishIfDone();
  }
  reading_ = calls_.size() < kMostCalls ? Reading::kYes : Reading::kPaused;
  if (reading_ == Reading::kYes) StartRead(&request_);
}

// A request has a deadline and an access of its own: a stream may stay open for longer than both of the first.
void StreamReactor::StartCall() {
  const absl::Status status = Guarded([&] {
    absl::StatusOr<inference::Caller> caller = gate_.Admit(context_, request_, access::Role::kInfer);
    const absl::StatusOr<Target> target =
        caller.ok() ? FindTarget(catalog_, request_.model_name(), request_.model_version()) : caller.status();
    if (!target.ok()) {
      Refuse(target.status());
    } else {
      caller->message_bytes = 0;  // requests are not kept
      NoteModel(target->model->info(), *caller->work);
      caller->work = nullptr;  // several run at the same time, and so none fills the record of the stream
      target->task == Task::kSamples ? StartSamples(*target, *caller) : StartRows(*target, *caller);
    }
    wire::ModelInferRequest().Swap(&request_);  // its memory is not kept until the next request
    return absl::OkStatus();
  });
  if (!status.ok()) context_.TryCancel();
}

void StreamReactor::Refuse(const absl::Status& why) {
  const auto call = std::make_shared<RefusedCall>();
  Open(call);
  SendLast(call.get(), ErrorResponse(why, request_.id()));
}

void StreamReactor::StartRows(const Target& target, const inference::Caller& caller) {
  const auto statistics = statistics_.Of(target);
  Responses* const responses = this;
  const auto call = std::make_shared<RowStreamCall>(target.model, parts_, statistics, responses);
  Open(call);
  if (IsCancelled()) call->Cancel();
  call->Start(request_, caller);
}

void StreamReactor::StartSamples(const Target& target, const inference::Caller& caller) {
  const auto statistics = statistics_.Of(target);
  Responses* const responses = this;
  const auto call = std::make_shared<SampleCall>(parts_, statistics, responses);
  Open(call);
  if (IsCancelled()) call->Cancel();
  call->Start(target.model, request_, caller);
}

void StreamReactor::Open(const std::shared_ptr<StreamCall>& call) {
  const absl::MutexLock lock(&mu_);
  calls_.emplace(call.get(), call);
}

bool StreamReactor::IsCancelled() const {
  const absl::MutexLock lock(&mu_);
  return cancelled_;
}

std::shared_ptr<StreamCall> StreamReactor::CallAfter(StreamCall* call) const {
  const absl::MutexLock lock(&mu_);
  const auto next = calls_.upper_bound(call);
  return next == calls_.end() ? nullptr : next->second;
}

void StreamReactor::Send(StreamCall* call, wire::ModelStreamInferResponse response) {
  Write(call, std::move(response), Position::kMiddle);
}

void StreamReactor::SendLast(StreamCall* call, wire::ModelStreamInferResponse response) {
  const absl::Status sent = Guarded([&] {
    Write(call, std::move(response), Position::kLast);
    return absl::OkStatus();
  });
  if (sent.ok()) return;
  context_.TryCancel();
  std::shared_ptr<StreamCall> lost;
  const absl::MutexLock lock(&mu_);
  lost = std::move(calls_[call]);
  calls_.erase(call);
  FinishIfDone();
}

// gRPC's operations are started under the lock, so that no other thread can end the stream, and OnDone destroy the
// reactor, while this one is not done with it. gRPC calls no reaction from within them.
void StreamReactor::Write(StreamCall* call, wire::ModelStreamInferResponse response, Position position) {
  const absl::MutexLock lock(&mu_);
  unwritten_.push_back({std::move(response), calls_.at(call), position});
  if (unwritten_.size() == 1) StartWrite(&unwritten_.front().response);
}

void StreamReactor::OnWriteDone(bool ok) {
  Message written;
  {
    const absl::MutexLock lock(&mu_);
    written = std::move(unwritten_.front());
    unwritten_.pop_front();
    if (!unwritten_.empty()) StartWrite(&unwritten_.front().response);
  }
  if (written.position == Position::kMiddle) {
    return written.call->WroteResponse(ok ? StreamCall::Written::kYes : StreamCall::Written::kReaderGone);
  }
  std::shared_ptr<StreamCall> ended = std::move(written.call);
  {
    const absl::MutexLock lock(&mu_);
    calls_.erase(ended.get());
  }
  ended.reset();
  const absl::MutexLock lock(&mu_);
  if (reading_ == Reading::kPaused) ReadNext();
  FinishIfDone();
}

void StreamReactor::OnCancel() {
  {
    const absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }
  for (auto call = CallAfter(nullptr); call != nullptr; call = CallAfter(call.get())) call->Cancel();
  const absl::MutexLock lock(&mu_);
  if (reading_ != Reading::kPaused) return;
  reading_ = Reading::kEnded;
  FinishIfDone();
}

void StreamReactor::FinishIfDone() {
  if (reading_ != Reading::kEnded || !calls_.empty() || finished_) return;
  finished_ = true;
  Finish(ToGrpcStatus(cancelled_ ? absl::CancelledError("the caller cancelled") : absl::OkStatus()));
}

void StreamReactor::OnDone() {
  { const absl::MutexLock lock(&mu_); }  // the thread that finished the call has left FinishIfDone
  delete this;
}

}  // namespace ebm::rpc::oip
