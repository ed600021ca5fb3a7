// The reactor of one ModelInfer call.
//
// Lifetime: a refused request or the call's answer finishes the call; the reactor deletes itself in OnDone. A cancelled
// call cancels its rows and still waits for the answer, so the response is never written to after gRPC has destroyed
// it.

#ifndef EBM_SERVER_RPC_OIP_INFER_REACTOR_H_
#define EBM_SERVER_RPC_OIP_INFER_REACTOR_H_

#include <memory>

#include "grpcpp/support/server_callback.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/rpc/oip/infer_call.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

class InferReactor final : public grpc::ServerUnaryReactor {
 public:
  InferReactor(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
               std::shared_ptr<RequestStatistics> statistics);

  // Submits the rows, or finishes the call with an error.
  void Start(const wire::ModelInferRequest& request, const inference::Caller& caller,
             wire::ModelInferResponse* response);

  void OnCancel() override;
  void OnDone() override;

 private:
  InferCall call_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_INFER_REACTOR_H_
