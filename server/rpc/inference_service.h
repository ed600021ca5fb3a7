// ebm.v1.InferenceService. A handler finds the model, checks the request, submits it to the model's scheduler, and
// returns. Workers and reactors complete the call. No handler blocks.

#ifndef EBM_SERVER_RPC_INFERENCE_SERVICE_H_
#define EBM_SERVER_RPC_INFERENCE_SERVICE_H_

#include "ebm/v1/inference.grpc.pb.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/request_limits.h"

namespace ebm::rpc {

class InferenceService final : public v1::InferenceService::CallbackService {
 public:
  // All are borrowed and outlive the service. calls: counts the calls that the service runs.
  InferenceService(const catalog::Catalog* catalog, const RequestLimits& limits, const batching::Clock* clock,
                   OpenCalls* calls);

  grpc::ServerUnaryReactor* Classify(grpc::CallbackServerContext* context, const v1::ClassifyRequest* request,
                                     v1::ClassifyResponse* response) override;
  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override;
  grpc::ServerWriteReactor<v1::SampleResponse>* Sample(grpc::CallbackServerContext* context,
                                                       const v1::SampleRequest* request) override;

 private:
  const catalog::Catalog& catalog_;
  const RequestLimits limits_;
  const batching::Clock& clock_;
  OpenCalls& calls_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_INFERENCE_SERVICE_H_
