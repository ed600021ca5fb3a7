#include "server/rpc/ebm_v1/model_service.h"

#include <string>

#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/model_index.h"
#include "server/rpc/status.h"
#include "server/rpc/unary_answer.h"

namespace ebm::rpc::ebm_v1 {
namespace {

// Whether the answer without a loaded model tells what is known of the name.
bool AnswersWithoutModel(const absl::Status& found, const v1::ModelSelector& selector) {
  return absl::IsNotFound(found) && selector.version().empty() && selector.label().empty();
}

// Who changed which model is in the log.
template <typename Request>
void NoteModel(const Request& request, inference::CallWork& work) {
  work.model = request.name();
  work.version = request.version();
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* request,
                                                   v1::ListModelsResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&] {
    for (const auto& running : catalog_.List()) *response->add_models() = DescribeModel(running->info());
    for (const auto& version : IndexFor(gate_, *context, control_)) *response->add_versions() = ToProto(version);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request, v1::GetModelResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&] {
    const v1::ModelSelector& selector = request->model();
    const auto running = catalog_.Find(selector.name(), selector.version(), selector.label());
    if (running.ok()) *response->mutable_model() = DescribeModel((*running)->info());
    const std::string& name = running.ok() ? (*running)->info().name : selector.name();
    for (const auto& version : IndexFor(gate_, *context, control_)) {
      if (version.name == name) *response->add_versions() = ToProto(version);
    }
    const bool is_known = response->versions_size() > 0 && AnswersWithoutModel(running.status(), selector);
    return is_known ? absl::OkStatus() : running.status();
  });
}

grpc::ServerUnaryReactor* ModelService::LoadModel(grpc::CallbackServerContext* context,
                                                  const v1::LoadModelRequest* request,
                                                  v1::LoadModelResponse* response) {
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kAdmin);
  if (!caller.ok()) return FinishWith(caller.status(), context);
  NoteModel(*request, *caller->work);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto answer = [this, reactor, response](const absl::StatusOr<catalog::VersionStatus>& loaded) {
    absl::Status status = loaded.status();
    if (status.ok()) {
      const auto running = catalog_.Find(loaded->name, loaded->version);  // unless it has been unloaded since
      status = running.status();
      if (running.ok()) *response->mutable_model() = DescribeModel((*running)->info());
    }
    reactor->Finish(ToGrpcStatus(status));
  };
  control_.Load(request->name(), request->version(), answer);
  return reactor;
}

grpc::ServerUnaryReactor* ModelService::UnloadModel(grpc::CallbackServerContext* context,
                                                    const v1::UnloadModelRequest* request,
                                                    v1::UnloadModelResponse* /*response*/) {
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kAdmin);
  if (!caller.ok()) return FinishWith(caller.status(), context);
  NoteModel(*request, *caller->work);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  control_.Unload(request->name(), request->version(),
                  [reactor](const absl::Status& status) { reactor->Finish(ToGrpcStatus(status)); });
  return reactor;
}

}  // namespace ebm::rpc::ebm_v1
