// The generated stubs behind a Client. Tests pass their own. This header and wire.h are the only headers of client/
// that include generated code.

#ifndef EBM_CLIENT_STUBS_H_
#define EBM_CLIENT_STUBS_H_

#include <memory>

#include "ebm/v1/inference.grpc.pb.h"
#include "ebm/v1/model.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace ebm::client {

struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::ChannelInterface>& channel)
      : inference(v1::InferenceService::NewStub(channel)),
        models(v1::ModelService::NewStub(channel)),
        health(grpc::health::v1::Health::NewStub(channel)) {}

  std::unique_ptr<v1::InferenceService::StubInterface> inference;
  std::unique_ptr<v1::ModelService::StubInterface> models;
  std::unique_ptr<grpc::health::v1::Health::StubInterface> health;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_STUBS_H_
