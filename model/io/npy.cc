#include "model/io/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/npy_header.h"

namespace ebm {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied from the file byte by byte");

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;
constexpr size_t kLargestItem = 8;

// The conversion of one stored item, in this machine's byte order, to float32.
struct ItemReader {
  absl::string_view type;
  size_t size;
  float (*read)(const char* item);
};

template <typename T>
float ReadItem(const char* item) {
  T value;
  std::memcpy(&value, item, sizeof(value));
  return static_cast<float>(value);
}

// IEEE 754 binary16: 1 sign bit, 5 bits of exponent, 10 bits of fraction.
float ReadHalf(const char* item) {
  uint16_t bits = 0;
  std::memcpy(&bits, item, sizeof(bits));
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x1F) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
}

constexpr ItemReader kItemReaders[] = {
    {"f4", 4, ReadItem<float>},    {"f8", 8, ReadItem<double>},   {"f2", 2, ReadHalf},
    {"i1", 1, ReadItem<int8_t>},   {"i2", 2, ReadItem<int16_t>},  {"i4", 4, ReadItem<int32_t>},
    {"i8", 8, ReadItem<int64_t>},  {"u1", 1, ReadItem<uint8_t>},  {"u2", 2, ReadItem<uint16_t>},
    {"u4", 4, ReadItem<uint32_t>}, {"u8", 8, ReadItem<uint64_t>}, {"b1", 1, ReadItem<uint8_t>},
};

// A dtype: how to read an item, and whether its bytes are in the other order.
struct Dtype {
  ItemReader item;
  bool big_endian;

  float Read(const char* item_bytes) const {
    if (!big_endian) return item.read(item_bytes);
    std::array<char, kLargestItem> swapped;
    std::reverse_copy(item_bytes, item_bytes + item.size, swapped.begin());
    return item.read(swapped.data());
  }
};

struct Parts {
  absl::string_view header;
  absl::string_view data;
};

template <typename T>
T LittleEndian(absl::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

// magic (6 bytes), version (2), header length (2 bytes in version 1, 4 since version 2), header, data.
absl::StatusOr<Parts> SplitFile(absl::string_view bytes) {
  constexpr size_t kVersionEnd = kMagic.size() + 2;
  if (!IsNpy(bytes) || bytes.size() < kVersionEnd) return absl::InvalidArgumentError("not an NPY file");
  const int version = static_cast<unsigned char>(bytes[kMagic.size()]);
  if (version < 1 || version > 3) {
    return absl::InvalidArgumentError(absl::StrCat("NPY version ", version, " is not one of 1, 2 and 3"));
  }
  const size_t length_size = version == 1 ? 2 : 4;
  absl::string_view rest = bytes.substr(kVersionEnd);
  if (rest.size() < length_size) return absl::InvalidArgumentError("the file ends within the header");
  const size_t length = version == 1 ? LittleEndian<uint16_t>(rest) : LittleEndian<uint32_t>(rest);
  rest.remove_prefix(length_size);
  if (length > rest.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the header claims ", length, " bytes, the file has ", rest.size(), " left"));
  }
  return Parts{rest.substr(0, length), rest.substr(length)};
}

// descr: a byte order, one of < > = | or none, as numpy takes it also where it means nothing; and a type.
absl::StatusOr<Dtype> ParseDtype(absl::string_view descr) {
  const bool has_order = !descr.empty() && absl::StrContains("<>=|", descr.front());
  const absl::string_view type = descr.substr(has_order ? 1 : 0);
  for (const ItemReader& item : kItemReaders) {
    if (item.type == type) return Dtype{.item = item, .big_endian = descr.front() == '>'};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("dtype '", descr, "' is not supported; f2, f4, f8, i1 to i8, u1 to u8 and bool are"));
}

// nullopt if the product overflows.
std::optional<int64_t> Product(std::span<const int64_t> sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes) {
    if (__builtin_mul_overflow(product, size, &product)) return std::nullopt;
  }
  return product;
}

absl::Status CheckShape(const NpyHeader& header, size_t item_size, size_t data_size) {
  const std::string shape = absl::StrCat("shape (", absl::StrJoin(header.shape, ", "), ")");
  if (header.shape.empty()) return absl::InvalidArgumentError("the array is a single number without dimensions");
  const std::optional<int64_t> count = Product(header.shape);
  if (count == 0) return absl::InvalidArgumentError(absl::StrCat(shape, " holds no values"));
  int64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, static_cast<int64_t>(item_size), &bytes)) {
    return absl::InvalidArgumentError(absl::StrCat(shape, " exceeds 2^63 bytes"));
  }
  if (static_cast<uint64_t>(bytes) != data_size) {
    return absl::InvalidArgumentError(absl::StrCat(shape, " takes ", bytes, " bytes, the file holds ", data_size));
  }
  return absl::OkStatus();
}

// The place in the file of each item in C order: shape [n, a, b], Fortran order: item (i, j, k) is at i + n (j + a k).
class FortranPlaces {
 public:
  explicit FortranPlaces(std::span<const int64_t> shape) : shape_(shape), index_(shape.size()) {}

  size_t Next() {
    const int64_t place = place_;
    Advance();
    return static_cast<size_t>(place);
  }

 private:
  void Advance() {
    for (size_t axis = shape_.size(); axis-- > 0;) {
      const int64_t stride = StrideOf(axis);
      place_ += stride;
      if (++index_[axis] < shape_[axis]) return;
      place_ -= stride * shape_[axis];
      index_[axis] = 0;
    }
  }
  int64_t StrideOf(size_t axis) const {
    int64_t stride = 1;
    for (size_t i = 0; i < axis; ++i) stride *= shape_[i];
    return stride;
  }

  const std::span<const int64_t> shape_;
  std::vector<int64_t> index_;
  int64_t place_ = 0;
};

absl::StatusOr<StoredArray> ReadValues(NpyHeader header, const Dtype& dtype, absl::string_view data) {
  const size_t count = data.size() / dtype.item.size;
  const int64_t rows = header.shape.size() == 1 ? 1 : header.shape[0];
  const auto columns = static_cast<size_t>(static_cast<int64_t>(count) / rows);
  FortranPlaces places(header.shape);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t place = header.fortran_order ? places.Next() : i;
    const float value = dtype.Read(data.data() + place * dtype.item.size);
    if (std::isinf(value)) {
      return absl::InvalidArgumentError(absl::StrCat("row ", i / columns + 1, ", column ", i % columns + 1, ": ", value,
                                                     " is not finite in float32"));
    }
    values[i] = value;
  }
  return StoredArray{.shape = std::move(header.shape),
                     .rows = MatrixBuffer(std::move(values), rows, static_cast<int64_t>(columns))};
}

absl::StatusOr<StoredArray> Parse(absl::string_view bytes) {
  EBM_ASSIGN_OR_RETURN(const Parts parts, SplitFile(bytes));
  EBM_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyHeader(parts.header));
  EBM_ASSIGN_OR_RETURN(const Dtype dtype, ParseDtype(header.descr));
  EBM_RETURN_IF_ERROR(CheckShape(header, dtype.item.size, parts.data.size()));
  return ReadValues(std::move(header), dtype, parts.data);
}

}  // namespace

bool IsNpy(absl::string_view bytes) { return absl::StartsWith(bytes, kMagic); }

absl::StatusOr<StoredArray> ParseNpy(absl::string_view bytes, absl::string_view source) {
  absl::StatusOr<StoredArray> array = Parse(bytes);
  if (!array.ok()) return WithSource(source, array.status());
  return array;
}

std::string SerializeNpy(std::span<const float> values, std::span<const int64_t> shape) {
  const absl::string_view tuple_end = shape.size() == 1 ? ",)" : ")";
  std::string header =
      absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", absl::StrJoin(shape, ", "), tuple_end, ", }");
  constexpr size_t kPrefix = kMagic.size() + 2 + sizeof(uint16_t);
  header.append(kAlignment - 1 - (kPrefix + header.size()) % kAlignment, ' ');
  header.push_back('\n');

  std::string bytes(kMagic);
  bytes.append({'\x01', '\x00'});
  const auto length = static_cast<uint16_t>(header.size());
  bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes.append(header);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return bytes;
}

std::string SerializeNpy(ConstMatrix matrix) {
  const int64_t shape[] = {matrix.rows(), matrix.cols()};
  return SerializeNpy(matrix.values(), shape);
}

}  // namespace ebm
