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

// softmax of each row, in float64 and rounded at the end. logits: [n, K]; returns [n, K], whose rows sum to 1.
std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes);

v1::ModelIdentity DescribeIdentity(const catalog::ServedModel& model);

v1::Model DescribeModel(const catalog::ServedModel& model);

void FillClassifyResponse(const catalog::ServedModel& model, const batching::RowResult& result,
                          v1::ClassifyResponse* response);

// REQUIRES: the model has percentiles where the request asks for them.
void FillScoreResponse(const catalog::ServedModel& model, const v1::ScoreRequest& request,
                       const batching::RowResult& result, v1::ScoreResponse* response);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_ANSWERS_H_
