#include "server/rpc/oip/sample_call.h"

#include <algorithm>
#include <utility>

#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/rpc/oip/parameters.h"
#include "server/rpc/oip/tensors.h"

namespace ebm::rpc::oip {

using inference::SampleStream;

SampleCall::SampleCall(const inference::CallParts& parts, std::shared_ptr<RequestStatistics> statistics,
                       Responses* responses)
    : parts_(parts), arrived_(parts_.clock->Now()), statistics_(std::move(statistics)), responses_(*responses) {}

SampleCall::~SampleCall() {
  const absl::MutexLock lock(&mu_);
  if (stream_ != nullptr) stream_->Release();
}

void SampleCall::Start(const std::shared_ptr<inference::Model>& model, const wire::ModelInferRequest& request,
                       inference::Caller caller) {
  absl::StatusOr<StreamPtr> stream;
  const absl::Status started = Guarded([&] {
    stream = StartStream(model, request, caller);
    return stream.status();
  });
  if (!started.ok()) return Fail(started);
  bool cancelled = false;
  {
    const absl::MutexLock lock(&mu_);
    stream_ = *stream;
    cancelled = cancelled_;
  }
  if (cancelled) (*stream)->Abandon();
}

absl::StatusOr<SampleCall::StreamPtr> SampleCall::StartStream(const std::shared_ptr<inference::Model>& model,
                                                              const wire::ModelInferRequest& request,
                                                              inference::Caller caller) {
  response_parts_.id = request.id();
  EBM_ASSIGN_OR_RETURN(const Inputs inputs, Inputs::Read(request, kSampleInputs));
  EBM_ASSIGN_OR_RETURN(response_parts_, ReadResponseParts(request));
  EBM_ASSIGN_OR_RETURN(const CallSettings settings, ReadCallSettings(request.parameters()));
  EBM_ASSIGN_OR_RETURN(const inference::SampleRequest plain, ToSampleRequest(request, inputs, model->info()));
  caller.deadline = std::min(caller.deadline, arrived_ + settings.timeout);
  return SampleStream::Start(model, plain, parts_, caller, this);
}

inference::StreamWriter::Write SampleCall::WriteFrame(SampleStream& stream, const batching::Frame& frame) {
  wire::ModelStreamInferResponse response;
  *response.mutable_infer_response() = ToResponse(frame, response_parts_, stream.plan(), stream.model());
  writing_ = &stream;
  responses_.Send(this, std::move(response));
  return Write::kStarted;
}

void SampleCall::WroteResponse(Written written) {
  writing_.load()->WroteFrame(written == Written::kYes ? SampleStream::Written::kYes
                                                       : SampleStream::Written::kReaderGone);
}

void SampleCall::End(SampleStream& stream, const inference::SampleReport& report) {
  wire::ModelStreamInferResponse response;
  *response.mutable_infer_response() = ToResponse(report, response_parts_, stream.plan(), stream.model());
  statistics_->Succeeded(
      report.chains_finished,
      {.total = parts_.clock->Now() - arrived_, .queue = report.queue_wait, .infer = report.total - report.queue_wait});
  responses_.SendLast(this, std::move(response));
}

void SampleCall::Fail(const absl::Status& why) {
  statistics_->Failed(parts_.clock->Now() - arrived_);
  responses_.SendLast(this, ErrorResponse(why, response_parts_.id));
}

void SampleCall::Cancel() {
  StreamPtr stream;
  {
    const absl::MutexLock lock(&mu_);
    cancelled_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->Abandon();
}

}  // namespace ebm::rpc::oip
