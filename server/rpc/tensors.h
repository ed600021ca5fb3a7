// Tensors of the wire to numbers of ours and back.
//
// Reading checks everything before it allocates: data type, number of axes, every size (at least 1, product without
// overflow), the limit on rows, the shape against the model's, and the byte count against the shape. Only then are
// elements decoded, each refused where it is not finite, before scaling or after.
//
// Units: the wire speaks data units, everything behind it scaled units (model/core/model_spec.h).
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
#include "model/core/model_spec.h"

namespace ebm::rpc {

// Rows in data units, of shape [n, D] or [n] followed by the model's input shape, 1 <= n <= max_rows, as FLOAT32 or
// UINT8. Returns [n, D] in scaled units.
absl::StatusOr<std::vector<float>> DecodeRows(const v1::Tensor& tensor, const ModelSpec& spec, int64_t max_rows,
                                              absl::string_view field);

// A mask: UINT8 zeros and ones of shape [D] or the model's input shape. Returns [D].
absl::StatusOr<std::vector<uint8_t>> DecodeMask(const v1::Tensor& tensor, const ModelSpec& spec,
                                                absl::string_view field);

// FLOAT32 of shape [values.size() / columns, columns].
v1::Tensor EncodeFloats(std::span<const float> values, int64_t columns);

std::vector<float> ToData(std::span<const float> scaled, const DataScaling& scaling);

// The elements of a tensor that DecodeRows took, as they were given.
std::vector<float> DataValues(const v1::Tensor& tensor);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_TENSORS_H_
