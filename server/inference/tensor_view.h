// Tensors as they arrive: elements of a request's message, which every protocol can view without copying them.
//
// Decoding checks everything before it allocates: number of axes, every size (at least 1, no overflow of the product),
// the limit on rows, the shape against the model's, and the byte count against the shape. Then it decodes the elements,
// and refuses those that their columns cannot have (model/spec/row_codec.h).
//
// Units: requests use data units, [n, C], the rest of the server scaled units, [n, D] (model/spec/data_column.h).
//
// Errors: InvalidArgument with the field, the value and the limit. `field` is the field's name in the request.

#ifndef EBM_SERVER_INFERENCE_TENSOR_VIEW_H_
#define EBM_SERVER_INFERENCE_TENSOR_VIEW_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/spec/model_spec.h"
#include "model/spec/row_codec.h"

namespace ebm::inference {

enum class ElementType { kFloat32, kUint8 };

struct TensorView {
  ElementType type = ElementType::kFloat32;
  std::span<const int64_t> shape;
  absl::string_view bytes;  // little-endian, row-major
};

// What a tensor of rows must be.
struct RowsFormat {
  absl::string_view field;
  int64_t max_rows = 0;
  MissingValues missing = MissingValues::kRefused;
};

// Decodes rows in data units: shape [n, C], or [n] followed by the model's input shape, with 1 <= n <= max_rows.
// Returns [n, D] in scaled units, NaN for missing values.
absl::StatusOr<std::vector<float>> DecodeRows(const TensorView& tensor, const ModelSpec& spec,
                                              const RowsFormat& format);

// The same for states in scaled units: shape [n, D], or [n] followed by the input shape if D is C.
absl::StatusOr<std::vector<float>> DecodeStates(const TensorView& tensor, const ModelSpec& spec,
                                                const RowsFormat& format);

// Decodes a mask of values: kUint8 zeros and ones of shape [C] or the model's input shape. Returns that of their
// coordinates, [D].
absl::StatusOr<std::vector<uint8_t>> DecodeMask(const TensorView& tensor, const ModelSpec& spec,
                                                absl::string_view field);

// The elements as they are. REQUIRES: DecodeRows accepted the tensor.
std::vector<float> DataValues(const TensorView& tensor);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_TENSOR_VIEW_H_
