#include "server/rpc/ebm_v1/model_service.h"

#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {
namespace {

grpc::ServerUnaryReactor* FixedModels(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish({grpc::StatusCode::UNIMPLEMENTED, "this server serves only the checkpoint that it was started with"});
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* /*request*/,
                                                   v1::ListModelsResponse* response) {
  for (const auto& running : catalog_.List()) *response->add_models() = DescribeModel(running->info());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request, v1::GetModelResponse* response) {
  const auto running = catalog_.Find(request->model().name(), request->model().version());
  if (running.ok()) *response->mutable_model() = DescribeModel((*running)->info());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(running.status()));
  return reactor;
}

grpc::ServerUnaryReactor* ModelService::LoadModel(grpc::CallbackServerContext* context,
                                                  const v1::LoadModelRequest* /*request*/,
                                                  v1::LoadModelResponse* /*response*/) {
  return FixedModels(context);
}

grpc::ServerUnaryReactor* ModelService::UnloadModel(grpc::CallbackServerContext* context,
                                                    const v1::UnloadModelRequest* /*request*/,
                                                    v1::UnloadModelResponse* /*response*/) {
  return FixedModels(context);
}

}  // namespace ebm::rpc::ebm_v1
