// Converts a model's results into Classify and Score responses, and its metadata into model descriptions.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_ANSWERS_H_
#define EBM_SERVER_RPC_ANSWERS_H_

#include <span>
#include <vector>

#include "ebm/v1/inference.pb.h"
#include "ebm/v1/model.pb.h"
#include "server/batching/scheduler.h"
#include "server/catalog/served_model.h"

namespace ebm::rpc {

// softmax(f / temperature) of each row, computed in float64 and rounded to float32. logits: [n, K]; returns [n, K],
// whose rows sum to 1.
std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes, double temperature = 1);

v1::ModelIdentity DescribeIdentity(const catalog::ServedModel& model);

v1::Model DescribeModel(const catalog::ServedModel& model);

// FailedPrecondition, naming the field, if a request asks for a result that the model's checkpoint does not support.
absl::Status CheckAbilities(const v1::ClassifyRequest& request, const catalog::ServedModel& model);
absl::Status CheckAbilities(const v1::ScoreRequest& request, const catalog::ServedModel& model);

// REQUIRES: CheckAbilities returned OK.
void FillClassifyResponse(const catalog::ServedModel& model, const v1::ClassifyRequest& request,
                          const batching::RowResult& result, v1::ClassifyResponse* response);

// Whether the response needs ln p~(x) - ln b(x) of the rows. REQUIRES: CheckAbilities returned OK.
bool WantsLogRatio(const v1::ScoreRequest& request, const catalog::ServedModel& model);

// rows: [n, D], scaled units; read only if the request asks for ln p(x). REQUIRES: CheckAbilities returned OK, and the
// result has the gradient norms if the request asks for them, and the log ratios if WantsLogRatio.
void FillScoreResponse(const catalog::ServedModel& model, const v1::ScoreRequest& request, std::span<const float> rows,
                       const batching::RowResult& result, v1::ScoreResponse* response);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_ANSWERS_H_
