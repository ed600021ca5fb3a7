#include "server/rpc/oip/inference_service.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "model/core/version.h"
#include "server/rpc/model_index.h"
#include "server/rpc/oip/description.h"
#include "server/rpc/oip/infer_reactor.h"
#include "server/rpc/oip/repository_messages.h"
#include "server/rpc/oip/stream_reactor.h"
#include "server/rpc/oip/target.h"
#include "server/rpc/status.h"
#include "server/rpc/unary_answer.h"

namespace ebm::rpc::oip {
namespace {

constexpr char kServerName[] = "ebm-server";
constexpr absl::string_view kExtensions[] = {"model_configuration", "model_repository", "parameters", "statistics"};

absl::Status NeedsStream(const std::string& name) {
  return absl::InvalidArgumentError(absl::StrCat(
      "model_name: ", name, " draws samples, with any number of responses to a request; use ModelStreamInfer"));
}

class RefusedStream final : public grpc::ServerBidiReactor<wire::ModelInferRequest, wire::ModelStreamInferResponse> {
 public:
  explicit RefusedStream(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerUnaryReactor* InferenceService::ServerLive(grpc::CallbackServerContext* context,
                                                       const wire::ServerLiveRequest* /*request*/,
                                                       wire::ServerLiveResponse* response) {
  response->set_live(true);
  return FinishWith(absl::OkStatus(), context);
}

grpc::ServerUnaryReactor* InferenceService::ServerReady(grpc::CallbackServerContext* context,
                                                        const wire::ServerReadyRequest* /*request*/,
                                                        wire::ServerReadyResponse* response) {
  response->set_ready(IsReady());
  return FinishWith(absl::OkStatus(), context);
}

grpc::ServerUnaryReactor* InferenceService::ModelReady(grpc::CallbackServerContext* context,
                                                       const wire::ModelReadyRequest* request,
                                                       wire::ModelReadyResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    response->set_ready(IsReady() && FindTarget(catalog_, request->name(), request->version()).ok());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::ServerMetadata(grpc::CallbackServerContext* context,
                                                           const wire::ServerMetadataRequest* request,
                                                           wire::ServerMetadataResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    response->set_name(kServerName);
    response->set_version(kVersion);
    for (const absl::string_view extension : kExtensions) response->add_extensions(std::string(extension));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::ModelMetadata(grpc::CallbackServerContext* context,
                                                          const wire::ModelMetadataRequest* request,
                                                          wire::ModelMetadataResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    const absl::StatusOr<Target> target = FindTarget(catalog_, request->name(), request->version());
    if (!target.ok()) return target.status();
    *response = DescribeTensors(*target);
    for (const auto& model : catalog_.List()) {
      if (model->info().name == target->model->info().name) response->add_versions(model->info().version);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* InferenceService::ModelConfig(grpc::CallbackServerContext* context,
                                                        const wire::ModelConfigRequest* request,
                                                        wire::ModelConfigResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    const absl::StatusOr<Target> target = FindTarget(catalog_, request->name(), request->version());
    if (target.ok()) *response->mutable_config() = Configuration(*target, target->model->info().limits.max_rows);
    return target.status();
  });
}

grpc::ServerUnaryReactor* InferenceService::ModelInfer(grpc::CallbackServerContext* context,
                                                       const wire::ModelInferRequest* request,
                                                       wire::ModelInferResponse* response) {
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kInfer);
  if (!caller.ok()) return FinishWith(caller.status(), context);
  const absl::StatusOr<Target> target = FindTarget(catalog_, request->model_name(), request->model_version());
  if (!target.ok()) return FinishWith(target.status(), context);
  const inference::ModelInfo& model = target->model->info();
  if (target->task == Task::kSamples) return FinishWith(NeedsStream(ServedName(model.name, Task::kSamples)), context);
  auto* reactor = new InferReactor(target->model, parts_, statistics_.Of(*target));
  reactor->Start(*request, *caller, response);
  return reactor;
}

grpc::ServerBidiReactor<wire::ModelInferRequest, wire::ModelStreamInferResponse>* InferenceService::ModelStreamInfer(
    grpc::CallbackServerContext* context) {
  const absl::Status admitted =
      gate_.Admit(*context, wire::ModelInferRequest::default_instance(), access::Role::kInfer).status();
  if (!admitted.ok()) return new RefusedStream(admitted);
  absl::StatusOr<inference::OpenCalls::Token> open = streams_.Open();
  if (!open.ok()) return new RefusedStream(open.status());
  return new StreamReactor(context, {.catalog = &catalog_, .gate = &gate_, .parts = parts_, .statistics = &statistics_},
                           *std::move(open));
}

grpc::ServerUnaryReactor* InferenceService::ModelStatistics(grpc::CallbackServerContext* context,
                                                            const wire::ModelStatisticsRequest* request,
                                                            wire::ModelStatisticsResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    for (const auto& model : catalog_.List()) {
      for (const Task task : {Task::kRows, Task::kSamples}) {
        const Target target = {.model = model, .task = task};
        if (IsAskedFor(*request, target)) *response->add_model_stats() = statistics_.Report(target);
      }
    }
    const bool found = request->name().empty() || response->model_stats_size() > 0;
    if (found) return absl::OkStatus();
    return FindTarget(catalog_, request->name(), request->version()).status();
  });
}

grpc::ServerUnaryReactor* InferenceService::RepositoryIndex(grpc::CallbackServerContext* context,
                                                            const wire::RepositoryIndexRequest* request,
                                                            wire::RepositoryIndexResponse* response) {
  return AnswerAtOnce(gate_, context, *request, [&]() -> absl::Status {
    const absl::Status status = CheckRequest(*request);
    if (status.ok()) *response = ToProto(IndexFor(gate_, *context, control_), *request);
    return status;
  });
}

grpc::ServerUnaryReactor* InferenceService::RepositoryModelLoad(grpc::CallbackServerContext* context,
                                                                const wire::RepositoryModelLoadRequest* request,
                                                                wire::RepositoryModelLoadResponse* /*response*/) {
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kAdmin);
  if (!caller.ok()) return FinishWith(caller.status(), context);
  caller->work->model = request->model_name();
  if (const absl::Status status = CheckRequest(*request); !status.ok()) return FinishWith(status, context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  control_.Load(std::string(CatalogName(request->model_name())), "",
                [reactor](const auto& loaded) { reactor->Finish(ToGrpcStatus(loaded.status())); });
  return reactor;
}

grpc::ServerUnaryReactor* InferenceService::RepositoryModelUnload(grpc::CallbackServerContext* context,
                                                                  const wire::RepositoryModelUnloadRequest* request,
                                                                  wire::RepositoryModelUnloadResponse* /*response*/) {
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kAdmin);
  if (!caller.ok()) return FinishWith(caller.status(), context);
  caller->work->model = request->model_name();
  if (const absl::Status status = CheckRequest(*request); !status.ok()) return FinishWith(status, context);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  control_.Unload(std::string(CatalogName(request->model_name())), "",
                  [reactor](const absl::Status& unloaded) { reactor->Finish(ToGrpcStatus(unloaded)); });
  return reactor;
}

}  // namespace ebm::rpc::oip
