// ebm.v1.ModelService: describes the models of the catalog and the versions that its control knows, and has the control
// load and unload them.
//
// A load goes on if its caller cancels; the call then still waits for it, so that the response is never written to
// after gRPC has destroyed it.

#ifndef EBM_SERVER_RPC_EBM_V1_MODEL_SERVICE_H_
#define EBM_SERVER_RPC_EBM_V1_MODEL_SERVICE_H_

#include "ebm/v1/model.grpc.pb.h"
#include "server/catalog/catalog.h"
#include "server/catalog/model_control.h"
#include "server/rpc/call_gate.h"

namespace ebm::rpc::ebm_v1 {

class ModelService final : public v1::ModelService::CallbackService {
 public:
  // All are borrowed and outlive the service.
  ModelService(const catalog::Catalog* catalog, catalog::ModelControl* control, const CallGate* gate)
      : catalog_(*catalog), control_(*control), gate_(*gate) {}

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
                                     v1::GetModelResponse* response) override;
  grpc::ServerUnaryReactor* LoadModel(grpc::CallbackServerContext* context, const v1::LoadModelRequest* request,
                                      v1::LoadModelResponse* response) override;
  grpc::ServerUnaryReactor* UnloadModel(grpc::CallbackServerContext* context, const v1::UnloadModelRequest* request,
                                        v1::UnloadModelResponse* response) override;

 private:
  const catalog::Catalog& catalog_;
  catalog::ModelControl& control_;
  const CallGate& gate_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_MODEL_SERVICE_H_
