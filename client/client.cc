#include "client/client.h"

#include <optional>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/connection.h"
#include "client/wire.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

Serving ServingOf(const grpc::health::v1::HealthCheckResponse& response) {
  switch (response.status()) {
    case grpc::health::v1::HealthCheckResponse::SERVING:
      return Serving::kYes;
    case grpc::health::v1::HealthCheckResponse::NOT_SERVING:
      return Serving::kNo;
    default:
      return Serving::kUnknown;
  }
}

}  // namespace

uint64_t DrawSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

absl::StatusOr<Client> Client::Connect(const ConnectionOptions& options) {
  EBM_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection, Connection::Create(options));
  return Client(std::move(connection));
}

Client::Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

absl::StatusOr<ClassifyAnswer> Client::Classify(const ModelSelector& model, ConstMatrix inputs, bool calibrated) const {
  const v1::ClassifyRequest request = ToClassifyRequest(model, inputs, calibrated);
  v1::ClassifyResponse response;
  EBM_RETURN_IF_ERROR(connection_->Call([&](grpc::ClientContext* context) {
    return connection_->stubs().inference->Classify(context, request, &response);
  }));
  return FromProto(response, inputs.rows());
}

absl::StatusOr<ScoreAnswer> Client::Score(const ModelSelector& model, ConstMatrix inputs,
                                          const ScoreExtras& extras) const {
  const v1::ScoreRequest request = ToScoreRequest(model, inputs, extras);
  v1::ScoreResponse response;
  EBM_RETURN_IF_ERROR(connection_->Call([&](grpc::ClientContext* context) {
    return connection_->stubs().inference->Score(context, request, &response);
  }));
  return FromProto(response, inputs, extras);
}

absl::StatusOr<std::unique_ptr<SampleReader>> Client::StartSample(SampleRequest request) const {
  std::optional<SamplerSettings> settings = request.sampler;
  if (connection_->options().retry.attempts > 1) {
    const bool is_settled = !request.model.name.empty() && !request.model.version.empty() && settings.has_value();
    if (!is_settled) {
      EBM_ASSIGN_OR_RETURN(const ModelDescription model, GetModel(request.model));
      request.model = {.name = model.identity.name, .version = model.identity.version};
      if (!settings.has_value()) settings = model.sampler_defaults;
    }
    if (!request.seed.has_value()) request.seed = DrawSeed();
  }
  return std::make_unique<SampleReader>(connection_, request, settings);
}

absl::StatusOr<SampleSummary> Client::Sample(const SampleRequest& request,
                                             const std::function<void(const SampleFrame&)>& on_frame,
                                             const std::stop_token& stop) const {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<SampleReader> reader, StartSample(request));
  const std::stop_callback cancel(stop, [&reader] { reader->Cancel(); });
  while (true) {
    EBM_ASSIGN_OR_RETURN(const std::optional<SampleFrame> frame, reader->Next());
    if (!frame.has_value()) return reader->summary();
    on_frame(*frame);
  }
}

absl::StatusOr<std::vector<ModelDescription>> Client::ListModels() const {
  v1::ListModelsResponse response;
  EBM_RETURN_IF_ERROR(connection_->Call(
      [&](grpc::ClientContext* context) { return connection_->stubs().models->ListModels(context, {}, &response); }));
  std::vector<ModelDescription> models;
  for (const v1::Model& model : response.models()) {
    EBM_ASSIGN_OR_RETURN(ModelDescription description, FromProto(model));
    models.push_back(std::move(description));
  }
  return models;
}

absl::StatusOr<std::vector<ModelVersion>> Client::ListVersions() const {
  v1::ListModelsResponse response;
  EBM_RETURN_IF_ERROR(connection_->Call(
      [&](grpc::ClientContext* context) { return connection_->stubs().models->ListModels(context, {}, &response); }));
  std::vector<ModelVersion> versions;
  for (const v1::ModelVersion& version : response.versions()) versions.push_back(FromProto(version));
  return versions;
}

absl::StatusOr<ModelReport> Client::ReportModel(const ModelSelector& model) const {
  v1::GetModelRequest request;
  *request.mutable_model() = ToProto(model);
  v1::GetModelResponse response;
  EBM_RETURN_IF_ERROR(connection_->Call([&](grpc::ClientContext* context) {
    return connection_->stubs().models->GetModel(context, request, &response);
  }));
  return FromProto(response);
}

absl::StatusOr<ModelDescription> Client::GetModel(const ModelSelector& model) const {
  EBM_ASSIGN_OR_RETURN(ModelReport report, ReportModel(model));
  if (report.model.has_value()) return *std::move(report.model);
  std::string states;
  for (const ModelVersion& version : report.versions) {
    absl::StrAppend(&states, "; version ", version.identity.version, " is ", NameOf(version.state),
                    version.reason.empty() ? "" : ": ", version.reason);
  }
  return absl::FailedPreconditionError(absl::StrCat("no version of the model is loaded", states));
}

absl::StatusOr<ModelDescription> Client::LoadModel(const std::string& name, const std::string& version) const {
  v1::LoadModelRequest request;
  request.set_name(name);
  request.set_version(version);
  v1::LoadModelResponse response;
  EBM_RETURN_IF_ERROR(connection_->CallOnce([&](grpc::ClientContext* context) {
    return connection_->stubs().models->LoadModel(context, request, &response);
  }));
  return FromProto(response.model());
}

absl::Status Client::UnloadModel(const std::string& name, const std::string& version) const {
  v1::UnloadModelRequest request;
  request.set_name(name);
  request.set_version(version);
  v1::UnloadModelResponse response;
  return connection_->CallOnce([&](grpc::ClientContext* context) {
    return connection_->stubs().models->UnloadModel(context, request, &response);
  });
}

absl::StatusOr<Serving> Client::CheckHealth(const std::string& service) const {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  EBM_RETURN_IF_ERROR(connection_->CallOnce(
      [&](grpc::ClientContext* context) { return connection_->stubs().health->Check(context, request, &response); }));
  return ServingOf(response);
}

absl::Status Client::WatchHealth(const std::string& service, const std::function<void(Serving)>& on_change,
                                 const std::stop_token& stop) const {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  return connection_->CallOnce([&](grpc::ClientContext* context) {
    const std::stop_callback cancel(stop, [context] { context->TryCancel(); });
    const auto reader = connection_->stubs().health->Watch(context, request);
    for (grpc::health::v1::HealthCheckResponse response; reader->Read(&response);) {
      on_change(ServingOf(response));
    }
    return reader->Finish();
  });
}

}  // namespace ebm::client
