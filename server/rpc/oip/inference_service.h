// inference.GRPCInferenceService, the Open Inference Protocol. A handler finds the model, converts the request, and
// hands it to server/inference or to the catalog. No handler blocks. ServerLive and ServerReady need no token, as
// health checks do not.

#ifndef EBM_SERVER_RPC_OIP_INFERENCE_SERVICE_H_
#define EBM_SERVER_RPC_OIP_INFERENCE_SERVICE_H_

#include "inference/grpc_service.grpc.pb.h"
#include "server/catalog/catalog.h"
#include "server/catalog/model_control.h"
#include "server/inference/call.h"
#include "server/inference/open_calls.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/health_board.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// What the service needs of its server. All are borrowed and outlive it.
struct ServiceParts {
  const catalog::Catalog* catalog;
  catalog::ModelControl* control;
  const CallGate* gate;
  const HealthBoard* health;
};

class InferenceService final : public wire::GRPCInferenceService::CallbackService {
 public:
  InferenceService(const ServiceParts& service, const inference::CallParts& parts)
      : catalog_(*service.catalog),
        control_(*service.control),
        gate_(*service.gate),
        health_(*service.health),
        parts_(parts),
        streams_(parts.open_calls->most()) {}

  grpc::ServerUnaryReactor* ServerLive(grpc::CallbackServerContext* context, const wire::ServerLiveRequest* request,
                                       wire::ServerLiveResponse* response) override;
  grpc::ServerUnaryReactor* ServerReady(grpc::CallbackServerContext* context, const wire::ServerReadyRequest* request,
                                        wire::ServerReadyResponse* response) override;
  grpc::ServerUnaryReactor* ModelReady(grpc::CallbackServerContext* context, const wire::ModelReadyRequest* request,
                                       wire::ModelReadyResponse* response) override;
  grpc::ServerUnaryReactor* ServerMetadata(grpc::CallbackServerContext* context,
                                           const wire::ServerMetadataRequest* request,
                                           wire::ServerMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelMetadata(grpc::CallbackServerContext* context,
                                          const wire::ModelMetadataRequest* request,
                                          wire::ModelMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelConfig(grpc::CallbackServerContext* context, const wire::ModelConfigRequest* request,
                                        wire::ModelConfigResponse* response) override;
  grpc::ServerUnaryReactor* ModelInfer(grpc::CallbackServerContext* context, const wire::ModelInferRequest* request,
                                       wire::ModelInferResponse* response) override;
  grpc::ServerBidiReactor<wire::ModelInferRequest, wire::ModelStreamInferResponse>* ModelStreamInfer(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ModelStatistics(grpc::CallbackServerContext* context,
                                            const wire::ModelStatisticsRequest* request,
                                            wire::ModelStatisticsResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryIndex(grpc::CallbackServerContext* context,
                                            const wire::RepositoryIndexRequest* request,
                                            wire::RepositoryIndexResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryModelLoad(grpc::CallbackServerContext* context,
                                                const wire::RepositoryModelLoadRequest* request,
                                                wire::RepositoryModelLoadResponse* response) override;
  grpc::ServerUnaryReactor* RepositoryModelUnload(grpc::CallbackServerContext* context,
                                                  const wire::RepositoryModelUnloadRequest* request,
                                                  wire::RepositoryModelUnloadResponse* response) override;

 private:
  // As health checks say.
  bool IsReady() const { return health_.Find("") == Health::kServing; }

  const catalog::Catalog& catalog_;
  catalog::ModelControl& control_;
  const CallGate& gate_;
  const HealthBoard& health_;
  const inference::CallParts parts_;
  inference::OpenCalls streams_;  // apart from calls, because a drain does not wait for idle ones
  Statistics statistics_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_INFERENCE_SERVICE_H_
