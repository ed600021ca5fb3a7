// ebm.v1.ModelService: what the catalog holds. Loading and unloading are UNIMPLEMENTED on a server that was started on
// one fixed checkpoint.

#ifndef EBM_SERVER_RPC_MODEL_SERVICE_H_
#define EBM_SERVER_RPC_MODEL_SERVICE_H_

#include "ebm/v1/model.grpc.pb.h"
#include "server/catalog/catalog.h"

namespace ebm::rpc {

// What it does not override answers UNIMPLEMENTED.
class ModelService final : public v1::ModelService::CallbackService {
 public:
  // The catalog is borrowed and outlives the service.
  explicit ModelService(const catalog::Catalog* catalog) : catalog_(*catalog) {}

  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
                                     v1::GetModelResponse* response) override;

 private:
  const catalog::Catalog& catalog_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_MODEL_SERVICE_H_
