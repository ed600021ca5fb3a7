// The reactor of one Sample call: writes the messages of its stream.
//
// Lifetime: the reactor deletes itself in OnDone, which gRPC calls after the stream has ended.

#ifndef EBM_SERVER_RPC_EBM_V1_SAMPLE_REACTOR_H_
#define EBM_SERVER_RPC_EBM_V1_SAMPLE_REACTOR_H_

#include <memory>

#include "absl/status/status.h"
#include "ebm/v1/inference.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/sample_stream.h"

namespace ebm::rpc::ebm_v1 {

class SampleReactor final : public grpc::ServerWriteReactor<v1::SampleResponse>, private inference::StreamWriter {
 public:
  // Starts the stream, or ends the call with an error.
  void Start(const std::shared_ptr<inference::Model>& model, const v1::SampleRequest& request,
             const inference::CallParts& parts, const inference::Caller& caller);
  // Ends a call that was not started.
  void Refuse(const absl::Status& why) { Fail(why); }

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  Write WriteFrame(inference::SampleStream& stream, const batching::Frame& frame) override;
  void End(inference::SampleStream& stream, const inference::SampleReport& report) override;
  void Fail(const absl::Status& why) override;

  std::shared_ptr<inference::SampleStream> stream_;  // null if the call was refused
  v1::SampleResponse response_;                      // the message being written
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_SAMPLE_REACTOR_H_
