// Measures the limit of the transport: a server of ebm.v1 that computes nothing and answers Classify and Score with
// messages of the right size.
//
//   ebm-echo-server [CLASSES] : prints its port and serves until it is killed

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "ebm/v1/inference.grpc.pb.h"

namespace ebm::bench {
namespace {

class EchoService final : public v1::InferenceService::CallbackService {
 public:
  explicit EchoService(int64_t classes) : classes_(classes) {}

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context, const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override {
    const int64_t rows = request->inputs().shape(0);
    v1::Tensor& probabilities = *response->mutable_probabilities();
    probabilities.set_data_type(v1::DATA_TYPE_FLOAT32);
    probabilities.add_shape(rows);
    probabilities.add_shape(classes_);
    probabilities.set_data(std::string(static_cast<size_t>(rows * classes_) * sizeof(float), '\0'));
    for (int64_t row = 0; row < rows; ++row) response->add_classes(0);
    for (int64_t k = 0; k < classes_; ++k) *response->add_class_labels() = label_;
    return Done(context);
  }

  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override {
    for (int64_t row = 0; row < request->inputs().shape(0); ++row) response->add_log_densities(0);
    return Done(context);
  }

 private:
  static grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const int64_t classes_;
  const std::string label_ = std::string(1, '0');
};

int Serve(int64_t classes) {
  EchoService service(classes);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << "ready: 127.0.0.1:" << port << std::endl;
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace ebm::bench

int main(int argc, char** argv) { return ebm::bench::Serve(argc > 1 ? std::atoll(argv[1]) : 10); }
