#include "tests/client/fake_server.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

namespace ebm::client {
namespace {

v1::Model ToyModel() {
  v1::Model model;
  model.mutable_identity()->set_name("toy");
  model.mutable_identity()->set_version("7");
  model.set_family("jem_mlp");
  model.add_input_shape(2);
  model.add_input_shape(2);
  for (const char* label : {"a", "b", "c"}) model.add_class_labels(label);
  model.mutable_data_range()->set_upper(16.0F);
  model.mutable_scaling()->set_scale(0.125F);
  model.mutable_scaling()->set_offset(-1.0F);
  v1::SamplerSettings& sampler = *model.mutable_sampler_defaults();
  sampler.set_steps(20);
  sampler.mutable_langevin()->set_step_size(0.1F);
  sampler.mutable_langevin()->set_noise_scale(0.01F);
  sampler.mutable_clamp()->set_lower(0);
  sampler.mutable_clamp()->set_upper(16);
  sampler.set_start(v1::CHAIN_START_UNIFORM);
  for (const auto capability : {v1::CAPABILITY_CLASSIFY, v1::CAPABILITY_SCORE, v1::CAPABILITY_PERCENTILE,
                                v1::CAPABILITY_SAMPLE, v1::CAPABILITY_BUFFER_START}) {
    model.add_capabilities(capability);
  }
  return model;
}

int64_t Dimension(const v1::Model& model) {
  return std::accumulate(model.input_shape().begin(), model.input_shape().end(), int64_t{1}, std::multiplies<>());
}

v1::SampleResponse SummaryFor(const v1::Model& model, const v1::SampleRequest& request) {
  v1::SampleResponse response;
  v1::SampleSummary& summary = *response.mutable_summary();
  *summary.mutable_model() = model.identity();
  summary.set_seed(request.has_seed() ? request.seed() : 99);
  *summary.mutable_sampler() = request.has_sampler() ? request.sampler() : model.sampler_defaults();
  summary.set_temperature(0.5);
  summary.set_chains_finished(request.chains());
  return response;
}

}  // namespace

v1::Tensor FloatTensor(const std::vector<float>& values, int64_t rows) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  tensor.add_shape(rows);
  tensor.add_shape(static_cast<int64_t>(values.size()) / rows);
  tensor.set_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

std::vector<float> TensorValues(const v1::Tensor& tensor) {
  std::vector<float> values(tensor.data().size() / sizeof(float));
  if (values.empty()) return values;  // memcpy takes no null pointer
  std::memcpy(values.data(), tensor.data().data(), values.size() * sizeof(float));
  return values;
}

v1::SampleResponse FrameOf(uint32_t step, const std::vector<uint32_t>& chains, const std::vector<float>& states,
                           bool final) {
  v1::SampleResponse response;
  v1::SampleFrame& frame = *response.mutable_frame();
  frame.set_step(step);
  frame.mutable_chains()->Assign(chains.begin(), chains.end());
  *frame.mutable_states() = FloatTensor(states, static_cast<int64_t>(chains.size()));
  for (const uint32_t chain : chains) frame.add_log_densities(-static_cast<float>(chain));
  frame.set_final(final);
  return response;
}

FakeServer::FakeServer() : model(ToyModel()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(static_cast<v1::InferenceService::Service*>(this));
  builder.RegisterService(static_cast<v1::ModelService::Service*>(this));
  builder.RegisterService(static_cast<grpc::health::v1::Health::Service*>(this));
  server_ = builder.BuildAndStart();
}

void FakeServer::Calibrate(uint32_t rows) {
  for (const auto capability :
       {v1::CAPABILITY_CALIBRATED_PROBABILITIES, v1::CAPABILITY_P_VALUE, v1::CAPABILITY_NORMALIZED_LOG_DENSITY}) {
    model.add_capabilities(capability);
  }
  model.set_calibration_rows(rows);
}

void FakeServer::Stop() { server_->Shutdown(std::chrono::system_clock::now()); }

FakeServer::~FakeServer() { Stop(); }

std::string FakeServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

grpc::Status FakeServer::Classify(grpc::ServerContext* context, const v1::ClassifyRequest* request,
                                  v1::ClassifyResponse* response) {
  {
    const std::lock_guard lock(mu_);
    classify_requests.push_back(*request);
    const auto header = context->client_metadata().find("authorization");
    if (header != context->client_metadata().end()) authorization = {header->second.data(), header->second.size()};
    if (!error.ok() && classify_requests.size() > error_after) return error;
  }
  const auto classes = static_cast<size_t>(model.class_labels_size());
  const int64_t rows = request->inputs().shape(0);
  const std::vector<float> values = TensorValues(request->inputs());
  std::vector<float> probabilities(static_cast<size_t>(rows) * classes, 0.25F / static_cast<float>(classes - 1));
  for (int64_t row = 0; row < rows; ++row) {
    const auto y = static_cast<size_t>(std::lround(values[static_cast<size_t>(row * Dimension(model))])) % classes;
    probabilities[static_cast<size_t>(row) * classes + y] = 0.75F;
    response->add_classes(static_cast<int32_t>(y));
  }
  *response->mutable_model() = model.identity();
  *response->mutable_probabilities() = FloatTensor(probabilities, rows);
  *response->mutable_class_labels() = model.class_labels();
  change_classify(*response);
  return grpc::Status::OK;
}

grpc::Status FakeServer::Score(grpc::ServerContext*, const v1::ScoreRequest* request, v1::ScoreResponse* response) {
  {
    const std::lock_guard lock(mu_);
    score_requests.push_back(*request);
    if (!error.ok() && score_requests.size() > error_after) return error;
  }
  *response->mutable_model() = model.identity();
  const std::vector<float> values = TensorValues(request->inputs());
  const auto dimension = static_cast<size_t>(Dimension(model));
  for (size_t at = 0; at < values.size(); at += dimension) {
    response->add_log_densities(std::accumulate(&values[at], &values[at] + dimension, 0.0F));
    if (request->include_max_softmax()) response->add_max_softmaxes(0.5F);
    if (request->include_gradient_norm()) response->add_gradient_norms(2.5F);
    if (request->include_percentile()) response->add_percentiles(12.5F);
    if (request->include_p_value()) {
      response->add_outlier_scores(values[at]);
      response->add_p_values(static_cast<float>(values[at] / (model.calibration_rows() + 1.0)));
    }
    if (request->include_normalized_log_density()) {
      response->add_normalized_log_densities(values[at] - 4);
      response->add_bits_per_dimension(3.25F);
      response->set_log_z_standard_error(0.125);
    }
  }
  if (request->include_explanation()) {
    *response->mutable_column_rises() = request->inputs();
    *response->mutable_best_values() = FloatTensor(std::vector<float>(values.size()), request->inputs().shape(0));
  }
  change_score(*response);
  return grpc::Status::OK;
}

grpc::Status FakeServer::Sample(grpc::ServerContext* context, const v1::SampleRequest* request,
                                grpc::ServerWriter<v1::SampleResponse>* writer) {
  sample_request = *request;
  if (!error.ok()) return error;
  if (on_sample) return on_sample(*request, *writer);
  for (const v1::SampleResponse& response : sample_stream) writer->Write(response);
  while (sample_hangs && !context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (sample_hangs) {
    sample_was_cancelled.Notify();
    return grpc::Status::CANCELLED;
  }
  if (!sample_stream.empty()) return grpc::Status::OK;
  for (uint32_t chain = request->chains(); chain-- > 0;) {
    const std::vector<float> state(static_cast<size_t>(Dimension(model)), static_cast<float>(chain));
    writer->Write(FrameOf(20, {request->first_chain() + chain}, state, true));
  }
  writer->Write(SummaryFor(model, *request));
  return grpc::Status::OK;
}

grpc::Status FakeServer::ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                                    v1::ListModelsResponse* response) {
  ++models_listed;
  on_list();
  if (!error.ok()) return error;
  *response->add_models() = model;
  response->mutable_versions()->Assign(versions.begin(), versions.end());
  return grpc::Status::OK;
}

grpc::Status FakeServer::GetModel(grpc::ServerContext*, const v1::GetModelRequest* request,
                                  v1::GetModelResponse* response) {
  model_asked = request->model();
  ++models_listed;
  if (is_loaded) *response->mutable_model() = model;
  response->mutable_versions()->Assign(versions.begin(), versions.end());
  return grpc::Status::OK;
}

grpc::Status FakeServer::LoadModel(grpc::ServerContext*, const v1::LoadModelRequest* request,
                                   v1::LoadModelResponse* response) {
  loads.push_back(request->name() + ":" + request->version());
  if (!error.ok()) return error;
  *response->mutable_model() = model;
  return grpc::Status::OK;
}

grpc::Status FakeServer::UnloadModel(grpc::ServerContext*, const v1::UnloadModelRequest* request,
                                     v1::UnloadModelResponse*) {
  loads.push_back("un" + request->name() + ":" + request->version());
  return error;
}

grpc::Status FakeServer::Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
                               grpc::health::v1::HealthCheckResponse* response) {
  const auto found = health.find(request->service());
  if (found == health.end()) return {grpc::StatusCode::NOT_FOUND, "unknown service"};
  response->set_status(found->second.back());
  return grpc::Status::OK;
}

grpc::Status FakeServer::Watch(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest* request,
                               grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>* writer) {
  for (const auto status : health[request->service()]) {
    grpc::health::v1::HealthCheckResponse response;
    response.set_status(status);
    writer->Write(response);
  }
  return {grpc::StatusCode::UNAVAILABLE, "the server is shutting down"};
}

}  // namespace ebm::client
