// A server of ebm.v1 and of the health protocol for tests, which set its answers and read the requests that it
// received.
//
// By default it serves one model, "toy" version "7", for pictures of 2 x 2 with values 0 to 16 and classes a, b and c.
// A row's class is its first value and its log density the sum of its values, which rises by a value when that is 0.
// Chain i ends with all values equal to i. After Calibrate, a row's p-value is its first value divided by
// calibration_rows + 1.

#ifndef EBM_TESTS_CLIENT_FAKE_SERVER_H_
#define EBM_TESTS_CLIENT_FAKE_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "ebm/v1/inference.grpc.pb.h"
#include "ebm/v1/model.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {

// A FLOAT32 tensor of shape [rows, values.size() / rows].
v1::Tensor FloatTensor(const std::vector<float>& values, int64_t rows);
std::vector<float> TensorValues(const v1::Tensor& tensor);

v1::SampleResponse FrameOf(uint32_t step, const std::vector<uint32_t>& chains, const std::vector<float>& states,
                           bool final);

class FakeServer final : public v1::InferenceService::Service,
                         public v1::ModelService::Service,
                         public grpc::health::v1::Health::Service {
 public:
  FakeServer();
  ~FakeServer() override;

  std::string address() const;  // HOST:PORT
  std::shared_ptr<grpc::Channel> channel() { return server_->InProcessChannel({}); }

  // Adds calibrated probabilities, p-values from `rows` calibration rows, and ln p to the model.
  void Calibrate(uint32_t rows);

  // Ends the calls that run and refuses new ones, as a server that is killed.
  void Stop();

  // The answers. If `error` is not OK, it is returned instead of an answer.
  v1::Model model;
  bool is_loaded = true;                   // GetModel describes `model`, and not only its versions
  std::vector<v1::ModelVersion> versions;  // of ListModels and GetModel
  std::function<void()> on_list = [] {};   // before each answer of ListModels
  // By service, of the health protocol. Watch sends them all and ends.
  std::map<std::string, std::vector<grpc::health::v1::HealthCheckResponse::ServingStatus>> health;
  grpc::Status error;
  size_t error_after = 0;  // Classify and Score answer so many requests each before they return `error`
  std::function<void(v1::ClassifyResponse&)> change_classify = [](auto&) {};
  std::function<void(v1::ScoreResponse&)> change_score = [](auto&) {};
  // If empty, Sample sends the final state of every chain, and the summary.
  std::vector<v1::SampleResponse> sample_stream;
  // After its stream, Sample waits until the client cancels or disconnects.
  bool sample_hangs = false;
  absl::Notification sample_was_cancelled;
  // If set, Sample does this instead.
  using SampleWriter = grpc::ServerWriterInterface<v1::SampleResponse>;
  std::function<grpc::Status(const v1::SampleRequest&, SampleWriter&)> on_sample;

  // The requests that were received. Classify and Score may be called concurrently.
  std::vector<v1::ClassifyRequest> classify_requests;
  std::vector<v1::ScoreRequest> score_requests;
  v1::SampleRequest sample_request;
  std::vector<std::string> loads;  // NAME:VERSION, of LoadModel and, after "un", of UnloadModel
  v1::ModelSelector model_asked;   // of the last GetModel
  int models_listed = 0;           // calls of ListModels and GetModel
  std::string authorization;       // of the last Classify

 private:
  grpc::Status Classify(grpc::ServerContext* context, const v1::ClassifyRequest* request,
                        v1::ClassifyResponse* response) override;
  grpc::Status Score(grpc::ServerContext* context, const v1::ScoreRequest* request,
                     v1::ScoreResponse* response) override;
  grpc::Status Sample(grpc::ServerContext* context, const v1::SampleRequest* request,
                      grpc::ServerWriter<v1::SampleResponse>* writer) override;
  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModel(grpc::ServerContext* context, const v1::GetModelRequest* request,
                        v1::GetModelResponse* response) override;
  grpc::Status LoadModel(grpc::ServerContext* context, const v1::LoadModelRequest* request,
                         v1::LoadModelResponse* response) override;
  grpc::Status UnloadModel(grpc::ServerContext* context, const v1::UnloadModelRequest* request,
                           v1::UnloadModelResponse* response) override;

  grpc::Status Check(grpc::ServerContext* context, const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;
  grpc::Status Watch(grpc::ServerContext* context, const grpc::health::v1::HealthCheckRequest* request,
                     grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>* writer) override;

  std::mutex mu_;  // of classify_requests, score_requests and authorization
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace ebm::client

#endif  // EBM_TESTS_CLIENT_FAKE_SERVER_H_
