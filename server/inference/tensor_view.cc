#include "server/inference/tensor_view.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm::inference {
namespace {

static_assert(std::endian::native == std::endian::little, "elements travel little-endian and are copied as they are");

using Shape = std::vector<int64_t>;

constexpr size_t kMaxAxes = 16;  // far more than any model has

std::string ToString(const Shape& shape) { return absl::StrCat("[", absl::StrJoin(shape, ", "), "]"); }

int64_t SizeOf(ElementType type) { return type == ElementType::kUint8 ? 1 : 4; }

absl::StatusOr<Shape> ReadShape(const TensorView& tensor, absl::string_view field) {
  if (tensor.shape.size() > kMaxAxes) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".shape: ", tensor.shape.size(), " axes, must be at most ", kMaxAxes));
  }
  return Shape(tensor.shape.begin(), tensor.shape.end());
}

// Number of elements times element size. An error if a size is below 1 or the product overflows int64.
absl::StatusOr<int64_t> ByteCount(const TensorView& tensor, absl::string_view field) {
  int64_t bytes = SizeOf(tensor.type);
  for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const int64_t size = tensor.shape[axis];
    if (size < 1) {
      return absl::InvalidArgumentError(absl::StrCat(field, ".shape[", axis, "]: ", size, ", must be at least 1"));
    }
    if (size > std::numeric_limits<int64_t>::max() / bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ".shape[", axis, "]: ", size, ", makes the tensor larger than 2^63 bytes"));
    }
    bytes *= size;
  }
  return bytes;
}

absl::Status CheckByteCount(const TensorView& tensor, absl::string_view field) {
  EBM_ASSIGN_OR_RETURN(const int64_t bytes, ByteCount(tensor, field));
  if (static_cast<int64_t>(tensor.bytes.size()) != bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".data: ", tensor.bytes.size(), " bytes, must be ", bytes, " for its shape and data type"));
  }
  return absl::OkStatus();
}

// REQUIRES: CheckByteCount passed.
float Element(const TensorView& tensor, size_t index) {
  if (tensor.type == ElementType::kUint8) return static_cast<uint8_t>(tensor.bytes[index]);
  float value = 0;
  std::memcpy(&value, tensor.bytes.data() + index * sizeof(value), sizeof(value));
  return value;
}

absl::StatusOr<std::vector<float>> DecodeScaled(const TensorView& tensor, int64_t count, const DataScaling& scaling,
                                                absl::string_view field) {
  std::vector<float> values(static_cast<size_t>(count));
  const bool scales = scaling != DataScaling();  // arithmetic would lose the sign of -0
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = Element(tensor, i);
    values[i] = scales ? scaling.ToScaled(value) : value;
    if (!std::isfinite(value) || !std::isfinite(values[i])) {
      return absl::InvalidArgumentError(absl::StrCat(field, ".data: element ", i, " is ", value,
                                                     ", must be finite before and after scaling by ", scaling.scale));
    }
  }
  return values;
}

}  // namespace

absl::StatusOr<std::vector<float>> DecodeRows(const TensorView& tensor, const ModelSpec& spec,
                                              const DataScaling& scaling, int64_t max_rows, absl::string_view field) {
  EBM_ASSIGN_OR_RETURN(const Shape shape, ReadShape(tensor, field));
  const int64_t dimension = spec.dimension();
  const Shape row_shape = shape.empty() ? shape : Shape(shape.begin() + 1, shape.end());
  if (shape.empty() || (row_shape != Shape{dimension} && row_shape != spec.input_shape)) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".shape: ", ToString(shape), ", must be [n, ", dimension,
                                                   "], or [n] followed by ", ToString(spec.input_shape)));
  }
  if (shape.front() > max_rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".shape[0]: ", shape.front(), " rows, must be at most ", max_rows));
  }
  EBM_RETURN_IF_ERROR(CheckByteCount(tensor, field));
  return DecodeScaled(tensor, shape.front() * dimension, scaling, field);
}

absl::StatusOr<std::vector<uint8_t>> DecodeMask(const TensorView& tensor, const ModelSpec& spec,
                                                absl::string_view field) {
  EBM_ASSIGN_OR_RETURN(const Shape shape, ReadShape(tensor, field));
  if (tensor.type != ElementType::kUint8) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".data_type: FLOAT32, must be UINT8"));
  }
  if (shape != Shape{spec.dimension()} && shape != spec.input_shape) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".shape: ", ToString(shape), ", must be [", spec.dimension(),
                                                   "] or ", ToString(spec.input_shape)));
  }
  EBM_RETURN_IF_ERROR(CheckByteCount(tensor, field));
  std::vector<uint8_t> mask(tensor.bytes.begin(), tensor.bytes.end());
  const auto bad = std::find_if(mask.begin(), mask.end(), [](uint8_t value) { return value > 1; });
  if (bad != mask.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".data: element ", bad - mask.begin(), " is ", *bad, ", must be 0 or 1"));
  }
  return mask;
}

std::vector<float> DataValues(const TensorView& tensor) {
  std::vector<float> values(tensor.bytes.size() / SizeOf(tensor.type));
  for (size_t i = 0; i < values.size(); ++i) values[i] = Element(tensor, i);
  return values;
}

}  // namespace ebm::inference
