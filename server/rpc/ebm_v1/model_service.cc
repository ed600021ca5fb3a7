#include "server/rpc/ebm_v1/model_service.h"

#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {
namespace {

grpc::ServerUnaryReactor* FinishWith(const absl::Status& status, grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

absl::Status FixedModels() {
  return absl::UnimplementedError("this server serves only the checkpoint that it was started with");
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* request,
                                                   v1::ListModelsResponse* response) {
  const absl::Status status = gate_.Admit(*context, *request, access::Role::kInfer).status();
  if (!status.ok()) return FinishWith(status, context);
  for (const auto& running : catalog_.List()) *response->add_models() = DescribeModel(running->info());
  return FinishWith(status, context);
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request, v1::GetModelResponse* response) {
  const absl::Status status = gate_.Admit(*context, *request, access::Role::kInfer).status();
  if (!status.ok()) return FinishWith(status, context);
  const auto running = catalog_.Find(request->model().name(), request->model().version());
  if (running.ok()) *response->mutable_model() = DescribeModel((*running)->info());
  return FinishWith(running.status(), context);
}

grpc::ServerUnaryReactor* ModelService::LoadModel(grpc::CallbackServerContext* context,
                                                  const v1::LoadModelRequest* request,
                                                  v1::LoadModelResponse* /*response*/) {
  const absl::Status status = gate_.Admit(*context, *request, access::Role::kAdmin).status();
  return FinishWith(status.ok() ? FixedModels() : status, context);
}

grpc::ServerUnaryReactor* ModelService::UnloadModel(grpc::CallbackServerContext* context,
                                                    const v1::UnloadModelRequest* request,
                                                    v1::UnloadModelResponse* /*response*/) {
  const absl::Status status = gate_.Admit(*context, *request, access::Role::kAdmin).status();
  return FinishWith(status.ok() ? FixedModels() : status, context);
}

}  // namespace ebm::rpc::ebm_v1
