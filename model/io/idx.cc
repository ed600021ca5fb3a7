#include "model/io/idx.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"

namespace ebm {
namespace {

constexpr uint8_t kUnsignedByte = 0x08;
constexpr size_t kMagicBytes = 4;
constexpr size_t kAxisBytes = 4;
constexpr size_t kMaxAxes = 4;

uint8_t Byte(absl::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

int64_t BigEndian(absl::string_view bytes, size_t first) {
  int64_t value = 0;
  for (size_t i = 0; i < kAxisBytes; ++i) value = value << 8 | Byte(bytes, first + i);
  return value;
}

absl::Status Damaged(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": not an IDX file of bytes: ", what));
}

// The product of the sizes if it is at most `limit`; otherwise some value above `limit`.
int64_t Product(const std::vector<int64_t>& shape, int64_t limit) {
  int64_t product = 1;
  for (const int64_t size : shape) {
    if (size > limit / product) return limit + 1;
    product *= size;
  }
  return product;
}

}  // namespace

bool IsIdx(absl::string_view bytes) {
  return bytes.size() >= kMagicBytes && Byte(bytes, 0) == 0 && Byte(bytes, 1) == 0 && Byte(bytes, 2) >= kUnsignedByte &&
         Byte(bytes, 2) <= 0x0E && Byte(bytes, 3) >= 1 && Byte(bytes, 3) <= kMaxAxes;
}

absl::StatusOr<IdxArray> ParseIdx(absl::string_view bytes, absl::string_view source) {
  if (!IsIdx(bytes)) return Damaged(source, "its first four bytes are not 0, 0, a type and 1 to 4 axes");
  if (Byte(bytes, 2) != kUnsignedByte) return Damaged(source, absl::StrCat("its type is ", Byte(bytes, 2), ", not 8"));
  const size_t axes = Byte(bytes, 3);
  const size_t header = kMagicBytes + axes * kAxisBytes;
  if (bytes.size() < header) return Damaged(source, "its header is cut short");
  IdxArray array;
  for (size_t axis = 0; axis < axes; ++axis) {
    array.shape.push_back(BigEndian(bytes, kMagicBytes + axis * kAxisBytes));
    if (array.shape.back() == 0) return Damaged(source, absl::StrCat("axis ", axis, " has size 0"));
  }
  const auto left = static_cast<int64_t>(bytes.size() - header);
  if (Product(array.shape, left) != left) {
    return Damaged(source, absl::StrCat("its sizes do not fit the ", left, " bytes that follow them"));
  }
  const absl::string_view content = bytes.substr(header);
  std::vector<float> values(content.size());
  std::transform(content.begin(), content.end(), values.begin(), [](char c) { return static_cast<uint8_t>(c); });
  array.values = MatrixBuffer(std::move(values), array.shape[0], left / array.shape[0]);
  return array;
}

absl::StatusOr<LabelledPictures> ReadIdxPair(const std::string& pictures, const std::string& labels,
                                             int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(const std::string picture_bytes, ReadFileDecompressed(pictures));
  EBM_ASSIGN_OR_RETURN(const std::string label_bytes, ReadFileDecompressed(labels));
  EBM_ASSIGN_OR_RETURN(IdxArray images, ParseIdx(picture_bytes, pictures));
  EBM_ASSIGN_OR_RETURN(const IdxArray classes, ParseIdx(label_bytes, labels));
  if (images.shape.size() != 3) {
    return absl::InvalidArgumentError(absl::StrCat(pictures, ": ", images.shape.size(), " axes; pictures have 3"));
  }
  if (classes.shape != std::vector<int64_t>{images.shape[0]}) {
    return absl::InvalidArgumentError(absl::StrCat(labels, ": ", classes.values.values().size(), " labels; ", pictures,
                                                   " has ", images.shape[0], " pictures"));
  }
  LabelledPictures result{{images.shape[1], images.shape[2]}, {std::move(images.values), {}}};
  for (const float label : classes.values.values()) {
    if (label >= static_cast<float>(num_classes)) {
      return absl::InvalidArgumentError(absl::StrCat(labels, ": label ", label, " is above ", num_classes - 1));
    }
    result.data.labels.push_back(static_cast<int32_t>(label));
  }
  return result;
}

}  // namespace ebm
