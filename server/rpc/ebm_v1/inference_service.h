// ebm.v1.InferenceService. A handler finds the model, converts the request, and hands it to server/inference. Workers
// and reactors complete the call. No handler blocks.

#ifndef EBM_SERVER_RPC_EBM_V1_INFERENCE_SERVICE_H_
#define EBM_SERVER_RPC_EBM_V1_INFERENCE_SERVICE_H_

#include "ebm/v1/inference.grpc.pb.h"
#include "server/catalog/catalog.h"
#include "server/inference/call.h"
#include "server/rpc/call_gate.h"

namespace ebm::rpc::ebm_v1 {

class InferenceService final : public v1::InferenceService::CallbackService {
 public:
  // The catalog and the gate are borrowed and outlive the service.
  InferenceService(const catalog::Catalog* catalog, const CallGate* gate, const inference::CallParts& parts)
      : catalog_(*catalog), gate_(*gate), parts_(parts) {}

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context, const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override;
  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override;
  grpc::ServerWriteReactor<v1::SampleResponse>* Sample(grpc::CallbackServerContext* context,
                                                       const v1::SampleRequest* request) override;

 private:
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* EvaluateRows(grpc::CallbackServerContext* context, const Request& request,
                                         Response* response);

  const catalog::Catalog& catalog_;
  const CallGate& gate_;
  const inference::CallParts parts_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_INFERENCE_SERVICE_H_
