// Conversions between the wire's tensors and float arrays.
//
// Decoding checks everything before it allocates: data type, number of axes, every size (at least 1, no overflow of the
// product), the limit on rows, the shape against the model's, and the byte count against the shape. Then it decodes the
// elements, and refuses those that are not finite before or after scaling.
//
// Units: the wire uses data units, the rest of the server scaled units (model/spec/model_spec.h).
//
// Errors: InvalidArgument with the field, the value and the limit. `field` is the field's name in the request.

#ifndef EBM_SERVER_RPC_TENSORS_H_
#define EBM_SERVER_RPC_TENSORS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ebm/v1/tensor.pb.h"
#include "model/spec/model_spec.h"

namespace ebm::rpc {

// Decodes rows: FLOAT32 or UINT8 of shape [n, D], or [n] followed by the model's input shape, with 1 <= n <= max_rows.
// Returns [n, D], with every value scaled.
absl::StatusOr<std::vector<float>> DecodeRows(const v1::Tensor& tensor, const ModelSpec& spec,
                                              const DataScaling& scaling, int64_t max_rows, absl::string_view field);

// Decodes a mask: UINT8 zeros and ones of shape [D] or the model's input shape. Returns [D].
absl::StatusOr<std::vector<uint8_t>> DecodeMask(const v1::Tensor& tensor, const ModelSpec& spec,
                                                absl::string_view field);

// Encodes values as FLOAT32 of shape [values.size() / columns, columns].
v1::Tensor EncodeFloats(std::span<const float> values, int64_t columns);

std::vector<float> ToData(std::span<const float> scaled, const DataScaling& scaling);

// The elements in data units, without scaling. REQUIRES: DecodeRows accepted the tensor.
std::vector<float> DataValues(const v1::Tensor& tensor);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_TENSORS_H_
