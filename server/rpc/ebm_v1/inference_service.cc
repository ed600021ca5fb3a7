#include "server/rpc/ebm_v1/inference_service.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/rpc/caller.h"
#include "server/rpc/ebm_v1/row_reactor.h"
#include "server/rpc/ebm_v1/sample_reactor.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ModelPtr = std::shared_ptr<inference::Model>;

absl::StatusOr<ModelPtr> FindModel(const catalog::Catalog& catalog, const v1::ModelSelector& selector) {
  return catalog.Find(selector.name(), selector.version(), selector.label());
}

}  // namespace

template <typename Request, typename Response>
grpc::ServerUnaryReactor* InferenceService::EvaluateRows(grpc::CallbackServerContext* context, const Request& request,
                                                         Response* response) {
  absl::StatusOr<ModelPtr> model = FindModel(catalog_, request.model());
  if (!model.ok()) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(model.status()));
    return reactor;
  }
  auto* reactor = new RowReactor(*std::move(model), parts_);
  reactor->Start(request, CallerOf(*context, *parts_.clock, request), response);
  return reactor;
}

grpc::ServerUnaryReactor* InferenceService::Classify(grpc::CallbackServerContext* context,
                                                     const v1::ClassifyRequest* request,
                                                     v1::ClassifyResponse* response) {
  return EvaluateRows(context, *request, response);
}

grpc::ServerUnaryReactor* InferenceService::Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                                  v1::ScoreResponse* response) {
  return EvaluateRows(context, *request, response);
}

grpc::ServerWriteReactor<v1::SampleResponse>* InferenceService::Sample(grpc::CallbackServerContext* context,
                                                                       const v1::SampleRequest* request) {
  auto* reactor = new SampleReactor;
  absl::StatusOr<ModelPtr> model = FindModel(catalog_, request->model());
  if (model.ok()) {
    reactor->Start(*model, *request, parts_, CallerOf(*context, *parts_.clock, *request));
  } else {
    reactor->Refuse(model.status());
  }
  return reactor;
}

}  // namespace ebm::rpc::ebm_v1
