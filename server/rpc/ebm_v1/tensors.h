// Conversions between the wire's tensors and plain arrays.

#ifndef EBM_SERVER_RPC_EBM_V1_TENSORS_H_
#define EBM_SERVER_RPC_EBM_V1_TENSORS_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ebm/v1/tensor.pb.h"
#include "server/inference/tensor_view.h"

namespace ebm::rpc::ebm_v1 {

// A view of the tensor, which must outlive it. InvalidArgument, naming the field, for an empty tensor and
// for a data type other than FLOAT32 and UINT8; nothing else is checked.
absl::StatusOr<inference::TensorView> ViewOf(const v1::Tensor& tensor, absl::string_view field);

// A tensor of shape [rows, columns] whose data is still to be set.
v1::Tensor TensorOf(v1::DataType type, int64_t rows, int64_t columns);

// Encodes values as FLOAT32 of shape [values.size() / columns, columns].
v1::Tensor EncodeFloats(std::span<const float> values, int64_t columns);

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_TENSORS_H_
