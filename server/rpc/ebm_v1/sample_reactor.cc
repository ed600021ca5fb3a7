#include "server/rpc/ebm_v1/sample_reactor.h"

#include <utility>

#include "server/rpc/ebm_v1/requests.h"
#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {

using inference::SampleStream;

void SampleReactor::Start(const std::shared_ptr<inference::Model>& model, const v1::SampleRequest& request,
                          const inference::CallParts& parts, const inference::Caller& caller) {
  const absl::StatusOr<inference::SampleRequest> plain = ToPlain(request, model->info());
  if (!plain.ok()) return Refuse(plain.status());
  absl::StatusOr<std::shared_ptr<SampleStream>> stream = SampleStream::Start(model, *plain, parts, caller, this);
  if (!stream.ok()) return Refuse(stream.status());
  stream_ = *std::move(stream);  // gRPC's methods, which read it, are called after the handler has returned
}

void SampleReactor::WriteFrame(const inference::SamplePlan& plan, const inference::ModelInfo& model,
                               const batching::Frame& frame) {
  *response_.mutable_frame() = ToProto(frame, plan, model);
  StartWrite(&response_);
}

void SampleReactor::End(const inference::SamplePlan& plan, const inference::ModelInfo& model,
                        const inference::SampleReport& report) {
  *response_.mutable_summary() = ToProto(report, plan, model);
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
