#include "model/io/idx.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

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

absl::StatusOr<StoredArray> ParseIdx(absl::string_view bytes, absl::string_view source) {
  if (!IsIdx(bytes)) return Damaged(source, "its first four bytes are not 0, 0, a type and 1 to 4 axes");
  if (Byte(bytes, 2) != kUnsignedByte) return Damaged(source, absl::StrCat("its type is ", Byte(bytes, 2), ", not 8"));
  const size_t axes = Byte(bytes, 3);
  const size_t header = kMagicBytes + axes * kAxisBytes;
  if (bytes.size() < header) return Damaged(source, "its header is cut short");
  StoredArray array;
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
  array.rows = MatrixBuffer(std::move(values), array.shape[0], left / array.shape[0]);
  return array;
}

}  // namespace ebm
