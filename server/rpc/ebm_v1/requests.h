// Converts requests of ebm.v1 to plain types. Checks only what the plain types cannot hold; server/inference checks the
// rest. Tensors are views of the request, which must outlive them.
//
// Errors: InvalidArgument with the field, the value and the limit.

#ifndef EBM_SERVER_RPC_EBM_V1_REQUESTS_H_
#define EBM_SERVER_RPC_EBM_V1_REQUESTS_H_

#include "absl/status/statusor.h"
#include "ebm/v1/inference.pb.h"
#include "server/inference/classify.h"
#include "server/inference/model.h"
#include "server/inference/sample_request.h"
#include "server/inference/score.h"

namespace ebm::rpc::ebm_v1 {

inference::ClassifyOptions ToPlain(const v1::ClassifyRequest& request);
inference::ScoreOptions ToPlain(const v1::ScoreRequest& request);

// Unset settings are the model's defaults; start states imply their start.
absl::StatusOr<inference::SampleRequest> ToPlain(const v1::SampleRequest& request, const inference::ModelInfo& model);

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_REQUESTS_H_
