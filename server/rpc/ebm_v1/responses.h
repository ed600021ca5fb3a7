// Converts answers to messages of ebm.v1.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_EBM_V1_RESPONSES_H_
#define EBM_SERVER_RPC_EBM_V1_RESPONSES_H_

#include "ebm/v1/inference.pb.h"
#include "ebm/v1/model.pb.h"
#include "server/batching/result_sink.h"
#include "server/catalog/model_control.h"
#include "server/inference/classify.h"
#include "server/inference/model.h"
#include "server/inference/sample_plan.h"
#include "server/inference/sample_report.h"
#include "server/inference/score.h"

namespace ebm::rpc::ebm_v1 {

v1::Model DescribeModel(const inference::ModelInfo& model);
v1::ModelVersion ToProto(const catalog::VersionStatus& version);

v1::ClassifyResponse ToProto(const inference::Classification& answer, const inference::ModelInfo& model);
v1::ScoreResponse ToProto(const inference::Scores& answer, const inference::ModelInfo& model);

v1::SampleFrame ToProto(const batching::Frame& frame, const inference::SamplePlan& plan,
                        const inference::ModelInfo& model);
v1::SampleSummary ToProto(const inference::SampleReport& report, const inference::SamplePlan& plan,
                          const inference::ModelInfo& model);

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_RESPONSES_H_
