#include "server/rpc/ebm_v1/inference_service.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/rpc/ebm_v1/row_reactor.h"
#include "server/rpc/ebm_v1/sample_reactor.h"
#include "server/rpc/unary_answer.h"

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
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, request, access::Role::kInfer);
  absl::StatusOr<ModelPtr> model = caller.ok() ? FindModel(catalog_, request.model()) : caller.status();
  if (!model.ok()) return FinishWith(model.status(), context);
  auto* reactor = new RowReactor(*std::move(model), parts_);
  reactor->Start(request, *caller, response);
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
  const absl::StatusOr<inference::Caller> caller = gate_.Admit(*context, *request, access::Role::kInfer);
  const absl::StatusOr<ModelPtr> model = caller.ok() ? FindModel(catalog_, request->model()) : caller.status();
  if (model.ok()) {
    reactor->Start(*model, *request, parts_, *caller);
  } else {
    reactor->Refuse(model.status());
  }
  return reactor;
}

}  // namespace ebm::rpc::ebm_v1
