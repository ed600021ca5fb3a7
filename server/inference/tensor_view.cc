#include "server/inference/tensor_view.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/spec/row_codec.h"

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

// Checks all but the elements. width: the values of a row that has one axis. Returns the number of rows.
absl::StatusOr<int64_t> CheckRows(const TensorView& tensor, int64_t width, const Shape& input_shape,
                                  const RowsFormat& format) {
  const absl::string_view field = format.field;
  EBM_ASSIGN_OR_RETURN(const Shape shape, ReadShape(tensor, field));
  const Shape row_shape = shape.empty() ? shape : Shape(shape.begin() + 1, shape.end());
  if (shape.empty() || (row_shape != Shape{width} && row_shape != input_shape)) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".shape: ", ToString(shape), ", must be [n, ", width,
                                                   "], or [n] followed by ", ToString(input_shape)));
  }
  if (shape.front() > format.max_rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".shape[0]: ", shape.front(), " rows, must be at most ", format.max_rows));
  }
  EBM_RETURN_IF_ERROR(CheckByteCount(tensor, field));
  return shape.front();
}

std::vector<uint8_t> MaskOfCoordinates(const ModelSpec& spec, std::span<const uint8_t> mask) {
  std::vector<uint8_t> coordinates(static_cast<size_t>(spec.dimension()));
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    for (int64_t i = 0; i < place.coordinates; ++i) {
      coordinates[place.first_coordinate + i] = mask[place.first_value + i / column.coordinates()];
    }
  });
  return coordinates;
}

}  // namespace

absl::StatusOr<std::vector<float>> DecodeRows(const TensorView& tensor, const ModelSpec& spec,
                                              const RowsFormat& format) {
  const int64_t values = spec.num_values();
  EBM_ASSIGN_OR_RETURN(const int64_t rows, CheckRows(tensor, values, spec.input_shape, format));
  const int64_t dimension = spec.dimension();
  std::vector<float> decoded(static_cast<size_t>(rows * dimension));
  std::vector<float> row(static_cast<size_t>(values));
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t v = 0; v < values; ++v) row[v] = Element(tensor, i * values + v);
    const std::span<float> x = std::span(decoded).subspan(i * dimension, dimension);
    const absl::Status encoded = EncodeRow(spec, row, x, format.missing);
    if (encoded.ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat(format.field, ": row ", i, ": ", encoded.message()));
  }
  return decoded;
}

absl::StatusOr<std::vector<float>> DecodeStates(const TensorView& tensor, const ModelSpec& spec,
                                                const RowsFormat& format) {
  const int64_t dimension = spec.dimension();
  const Shape input_shape = dimension == spec.num_values() ? spec.input_shape : Shape{dimension};
  EBM_RETURN_IF_ERROR(CheckRows(tensor, dimension, input_shape, format).status());
  std::vector<float> states = DataValues(tensor);
  const auto bad = std::ranges::find_if(states, [&format](float value) {
    return format.missing == MissingValues::kKept ? std::isinf(value) : !std::isfinite(value);
  });
  if (bad != states.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(format.field, ".data: element ", bad - states.begin(), " is ", *bad, ", must be finite"));
  }
  const ConstMatrix rows(states.data(), std::ssize(states) / dimension, dimension);
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const absl::Status levels = CheckLevels(spec, rows.row(row), format.missing);
    if (levels.ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat(format.field, ".data: row ", row, ": ", levels.message()));
  }
  return states;
}

absl::StatusOr<std::vector<uint8_t>> DecodeMask(const TensorView& tensor, const ModelSpec& spec,
                                                absl::string_view field) {
  EBM_ASSIGN_OR_RETURN(const Shape shape, ReadShape(tensor, field));
  if (tensor.type != ElementType::kUint8) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".data_type: FLOAT32, must be UINT8"));
  }
  if (shape != Shape{spec.num_values()} && shape != spec.input_shape) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".shape: ", ToString(shape), ", must be [", spec.num_values(),
                                                   "] or ", ToString(spec.input_shape)));
  }
  EBM_RETURN_IF_ERROR(CheckByteCount(tensor, field));
  std::vector<uint8_t> mask(tensor.bytes.begin(), tensor.bytes.end());
  const auto bad = std::find_if(mask.begin(), mask.end(), [](uint8_t value) { return value > 1; });
  if (bad != mask.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".data: element ", bad - mask.begin(), " is ", *bad, ", must be 0 or 1"));
  }
  return MaskOfCoordinates(spec, mask);
}

std::vector<float> DataValues(const TensorView& tensor) {
  std::vector<float> values(tensor.bytes.size() / SizeOf(tensor.type));
  for (size_t i = 0; i < values.size(); ++i) values[i] = Element(tensor, i);
  return values;
}

}  // namespace ebm::inference
