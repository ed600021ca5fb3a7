#include "server/rpc/ebm_v1/tensors.h"

#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm::rpc::ebm_v1 {
namespace {

static_assert(std::endian::native == std::endian::little, "elements travel little-endian and are copied as they are");

std::string TypeName(int data_type) {
  return v1::DataType_IsValid(data_type) ? v1::DataType_Name(static_cast<v1::DataType>(data_type))
                                         : absl::StrCat(data_type);
}

absl::StatusOr<inference::ElementType> ElementTypeOf(const v1::Tensor& tensor, absl::string_view field) {
  if (tensor.data_type() == v1::DATA_TYPE_FLOAT32) return inference::ElementType::kFloat32;
  if (tensor.data_type() == v1::DATA_TYPE_UINT8) return inference::ElementType::kUint8;
  return absl::InvalidArgumentError(absl::StrCat(field, ".data_type: ", TypeName(tensor.data_type()),
                                                 ", must be DATA_TYPE_FLOAT32 or DATA_TYPE_UINT8"));
}

}  // namespace

absl::StatusOr<inference::TensorView> ViewOf(const v1::Tensor& tensor, absl::string_view field) {
  if (tensor.data_type() == v1::DATA_TYPE_UNSPECIFIED && tensor.shape().empty() && tensor.data().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": empty, must have a data type, a shape and data"));
  }
  EBM_ASSIGN_OR_RETURN(const inference::ElementType type, ElementTypeOf(tensor, field));
  return inference::TensorView{
      .type = type, .shape = {tensor.shape().data(), static_cast<size_t>(tensor.shape_size())}, .bytes = tensor.data()};
}

v1::Tensor TensorOf(v1::DataType type, int64_t rows, int64_t columns) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.add_shape(rows);
  tensor.add_shape(columns);
  return tensor;
}

v1::Tensor EncodeFloats(std::span<const float> values, int64_t columns) {
  v1::Tensor tensor = TensorOf(v1::DATA_TYPE_FLOAT32, static_cast<int64_t>(values.size()) / columns, columns);
  tensor.set_data(values.data(), values.size_bytes());
  return tensor;
}

}  // namespace ebm::rpc::ebm_v1
