// Conversions between plain values (client/messages.h) and the generated messages of ebm.v1, as pure functions.
//
// FromProto functions check what the server sent: if the shapes of an answer do not agree with the request, they return
// Internal with the field, the value and the expected value. Tensors are FLOAT32 in both directions.

#ifndef EBM_CLIENT_WIRE_H_
#define EBM_CLIENT_WIRE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "ebm/v1/inference.pb.h"
#include "ebm/v1/model.pb.h"
#include "ebm/v1/tensor.pb.h"

namespace ebm::client {

v1::ModelSelector ToProto(const ModelSelector& model);
v1::Tensor ToProto(ConstMatrix values);
v1::ClassifyRequest ToClassifyRequest(const ModelSelector& model, ConstMatrix inputs, bool calibrated = false);
v1::ScoreRequest ToScoreRequest(const ModelSelector& model, ConstMatrix inputs, const ScoreExtras& extras);
v1::SampleRequest ToProto(const SampleRequest& request);

// `field` names the tensor in errors. The tensor must have `rows` rows.
absl::StatusOr<MatrixBuffer> FromProto(absl::string_view field, const v1::Tensor& tensor, int64_t rows);
absl::StatusOr<ClassifyAnswer> FromProto(const v1::ClassifyResponse& response, int64_t rows);
absl::StatusOr<ScoreAnswer> FromProto(const v1::ScoreResponse& response, ConstMatrix inputs, const ScoreExtras& extras);
absl::StatusOr<SampleFrame> FromProto(const v1::SampleFrame& frame, const SampleRequest& request);
absl::StatusOr<SampleSummary> FromProto(const v1::SampleSummary& summary, const SampleRequest& request);
absl::StatusOr<ModelDescription> FromProto(const v1::Model& model);
ModelVersion FromProto(const v1::ModelVersion& version);
absl::StatusOr<ModelReport> FromProto(const v1::GetModelResponse& response);

}  // namespace ebm::client

#endif  // EBM_CLIENT_WIRE_H_
