#include "model/io/npy.h"

#include <bit>
#include <cmath>
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

// The conversion of one stored item to float32.
struct ItemReader {
  absl::string_view descr;
  size_t size;
  float (*read)(const char* item);
};

template <typename T>
float ReadItem(const char* item) {
  T value;
  std::memcpy(&value, item, sizeof(value));
  return static_cast<float>(value);
}

constexpr ItemReader kItemReaders[] = {
    {"<f4", 4, ReadItem<float>},    {"<f8", 8, ReadItem<double>},   {"|i1", 1, ReadItem<int8_t>},
    {"<i2", 2, ReadItem<int16_t>},  {"<i4", 4, ReadItem<int32_t>},  {"<i8", 8, ReadItem<int64_t>},
    {"|u1", 1, ReadItem<uint8_t>},  {"<u2", 2, ReadItem<uint16_t>}, {"<u4", 4, ReadItem<uint32_t>},
    {"<u8", 8, ReadItem<uint64_t>}, {"|b1", 1, ReadItem<uint8_t>},
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

absl::StatusOr<ItemReader> FindItemReader(absl::string_view descr) {
  for (const ItemReader& reader : kItemReaders) {
    if (reader.descr == descr) return reader;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("dtype '", descr, "' is not supported; little-endian f4, f8, i1 to i8, u1 to u8 and bool are"));
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

absl::StatusOr<MatrixBuffer> ReadValues(const NpyHeader& header, const ItemReader& item, absl::string_view data) {
  const auto count = static_cast<int64_t>(data.size() / item.size);
  const int64_t rows = header.shape.size() == 1 ? 1 : header.shape[0];
  const int64_t columns = count / rows;
  std::vector<float> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const float value = item.read(data.data() + static_cast<size_t>(i) * item.size);
    if (!std::isfinite(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("row ", i / columns + 1, ", column ", i % columns + 1, ": ", value, " is not a finite float32"));
    }
    values[static_cast<size_t>(i)] = value;
  }
  return MatrixBuffer(std::move(values), rows, columns);
}

absl::StatusOr<MatrixBuffer> Parse(absl::string_view bytes) {
  EBM_ASSIGN_OR_RETURN(const Parts parts, SplitFile(bytes));
  EBM_ASSIGN_OR_RETURN(const NpyHeader header, ParseNpyHeader(parts.header));
  EBM_ASSIGN_OR_RETURN(const ItemReader item, FindItemReader(header.descr));
  if (header.fortran_order) {
    return absl::InvalidArgumentError("the array is in Fortran order; save numpy.ascontiguousarray(x) instead");
  }
  EBM_RETURN_IF_ERROR(CheckShape(header, item.size, parts.data.size()));
  return ReadValues(header, item, parts.data);
}

}  // namespace

bool IsNpy(absl::string_view bytes) { return absl::StartsWith(bytes, kMagic); }

absl::StatusOr<MatrixBuffer> ParseNpy(absl::string_view bytes, absl::string_view source) {
  absl::StatusOr<MatrixBuffer> matrix = Parse(bytes);
  if (!matrix.ok()) return WithSource(source, matrix.status());
  return matrix;
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
