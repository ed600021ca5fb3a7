#include "server/rpc/ebm_v1/sample_reactor.h"

#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/rpc/ebm_v1/requests.h"
#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {

using inference::SampleStream;

void SampleReactor::Start(const std::shared_ptr<inference::Model>& model, const v1::SampleRequest& request,
                          const inference::CallParts& parts, const inference::Caller& caller) {
  const absl::Status started = Guarded([&]() -> absl::Status {
    EBM_ASSIGN_OR_RETURN(const inference::SampleRequest plain, ToPlain(request, model->info()));
    // gRPC's methods, which read stream_, are called after the handler has returned.
    EBM_ASSIGN_OR_RETURN(stream_, SampleStream::Start(model, plain, parts, caller, this));
    return absl::OkStatus();
  });
  if (!started.ok()) Refuse(started);
}

inference::StreamWriter::Write SampleReactor::WriteFrame(SampleStream& stream, const batching::Frame& frame) {
  *response_.mutable_frame() = ToProto(frame, stream.plan(), stream.model());
  StartWrite(&response_);
  return Write::kStarted;
}

void SampleReactor::End(SampleStream& stream, const inference::SampleReport& report) {
  *response_.mutable_summary() = ToProto(report, stream.plan(), stream.model());
  StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
}

void SampleReactor::Fail(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

void SampleReactor::OnWriteDone(bool ok) {
  stream_->WroteFrame(ok ? SampleStream::Written::kYes : SampleStream::Written::kReaderGone);
}

void SampleReactor::OnCancel() {
  if (stream_ != nullptr) stream_->Abandon();
}

void SampleReactor::OnDone() {
  if (stream_ != nullptr) stream_->Release();
  delete this;
}

}  // namespace ebm::rpc::ebm_v1
