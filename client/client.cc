#include "client/client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/deadline.h"
#include "client/stubs.h"
#include "client/wire.h"
#include "grpcpp/grpcpp.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// gRPC and Abseil use the same numbers for status codes.
absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

void ApplyDeadline(absl::Duration deadline, grpc::ClientContext& context) {
  if (deadline == absl::InfiniteDuration()) return;
  context.set_deadline(DeadlineAfter(deadline));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server, const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // http_proxy in the environment is meant for web access. A server given by its address is reached directly.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

// Passes one message of a stream on: a frame to on_frame, the summary to `summary`.
absl::Status Take(const v1::SampleResponse& message, const SampleRequest& request,
                  const std::function<void(const SampleFrame&)>& on_frame, absl::StatusOr<SampleSummary>& summary) {
  if (message.has_summary()) {
    summary = FromProto(message.summary(), request);
    return summary.status();
  }
  EBM_ASSIGN_OR_RETURN(const SampleFrame frame, FromProto(message.frame(), request));
  on_frame(frame);
  return absl::OkStatus();
}

}  // namespace

Client Client::Connect(const std::string& server, const ClientOptions& options) {
  return Client(std::make_unique<Stubs>(MakeChannel(server, options)), options);
}

Client::Client(std::unique_ptr<Stubs> stubs, const ClientOptions& options)
    : stubs_(std::move(stubs)), options_(options) {}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

absl::StatusOr<ClassifyAnswer> Client::Classify(const ModelSelector& model, ConstMatrix inputs, bool calibrated) const {
  grpc::ClientContext context;
  ApplyDeadline(options_.deadline, context);
  v1::ClassifyResponse response;
  EBM_RETURN_IF_ERROR(
      FromGrpc(stubs_->inference->Classify(&context, ToClassifyRequest(model, inputs, calibrated), &response)));
  return FromProto(response, inputs.rows());
}

absl::StatusOr<ScoreAnswer> Client::Score(const ModelSelector& model, ConstMatrix inputs,
                                          const ScoreExtras& extras) const {
  grpc::ClientContext context;
  ApplyDeadline(options_.deadline, context);
  v1::ScoreResponse response;
  EBM_RETURN_IF_ERROR(FromGrpc(stubs_->inference->Score(&context, ToScoreRequest(model, inputs, extras), &response)));
  return FromProto(response, inputs, extras);
}

absl::StatusOr<SampleSummary> Client::Sample(const SampleRequest& request,
                                             const std::function<void(const SampleFrame&)>& on_frame,
                                             const std::stop_token& stop) const {
  grpc::ClientContext context;
  ApplyDeadline(options_.deadline, context);
  const auto reader = stubs_->inference->Sample(&context, ToProto(request));
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });

  absl::StatusOr<SampleSummary> summary = absl::InternalError("the stream of samples ended without a summary");
  absl::Status taken;
  for (v1::SampleResponse message; taken.ok() && reader->Read(&message);) {
    taken = Take(message, request, on_frame, summary);
  }
  if (!taken.ok()) context.TryCancel();
  const absl::Status finished = FromGrpc(reader->Finish());
  EBM_RETURN_IF_ERROR(taken);
  EBM_RETURN_IF_ERROR(finished);
  return summary;
}

absl::StatusOr<std::vector<ModelDescription>> Client::ListModels() const {
  grpc::ClientContext context;
  ApplyDeadline(options_.deadline, context);
  v1::ListModelsResponse response;
  EBM_RETURN_IF_ERROR(FromGrpc(stubs_->models->ListModels(&context, {}, &response)));
  std::vector<ModelDescription> models;
  for (const v1::Model& model : response.models()) {
    EBM_ASSIGN_OR_RETURN(ModelDescription description, FromProto(model));
    models.push_back(std::move(description));
  }
  return models;
}

absl::StatusOr<ModelDescription> Client::GetModel(const ModelSelector& model) const {
  grpc::ClientContext context;
  ApplyDeadline(options_.deadline, context);
  v1::GetModelRequest request;
  *request.mutable_model() = ToProto(model);
  v1::GetModelResponse response;
  EBM_RETURN_IF_ERROR(FromGrpc(stubs_->models->GetModel(&context, request, &response)));
  return FromProto(response.model());
}

}  // namespace ebm::client
