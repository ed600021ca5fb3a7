// What a model's numbers mean in answers: Classify and Score responses, and descriptions of models.
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

// softmax(f / temperature) of each row, in float64 and rounded at the end. logits: [n, K]; returns [n, K], whose rows
// sum to 1.
std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes, double temperature = 1);

v1::ModelIdentity DescribeIdentity(const catalog::ServedModel& model);

v1::Model DescribeModel(const catalog::ServedModel& model);

// FailedPrecondition, naming the field, where a request asks for what the model's checkpoint does not hold.
absl::Status CheckAbilities(const v1::ClassifyRequest& request, const catalog::ServedModel& model);
absl::Status CheckAbilities(const v1::ScoreRequest& request, const catalog::ServedModel& model);

// REQUIRES: CheckAbilities.
void FillClassifyResponse(const catalog::ServedModel& model, const v1::ClassifyRequest& request,
                          const batching::RowResult& result, v1::ClassifyResponse* response);

// Whether the answer takes ln p~(x) - ln b(x) of the rows. REQUIRES: CheckAbilities.
bool WantsLogRatio(const v1::ScoreRequest& request, const catalog::ServedModel& model);

// rows: [n, D], scaled units; read where the request asks for ln p(x). REQUIRES: CheckAbilities, and a result with all
// that the request and WantsLogRatio want.
void FillScoreResponse(const catalog::ServedModel& model, const v1::ScoreRequest& request, std::span<const float> rows,
                       const batching::RowResult& result, v1::ScoreResponse* response);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_ANSWERS_H_
