#include "model/checkpoint/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/file_bytes.h"
#include "model/io/foreign_format.h"
#include "model/io/json_fields.h"

namespace ebm {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied from the file byte by byte");

using Json = nlohmann::json;

constexpr size_t kLengthBytes = 8;  // the header's length, which opens the file
constexpr size_t kAlignment = 8;    // of the data, by padding the header with blanks
constexpr char kMetadata[] = "__metadata__";
constexpr size_t kLongestName = 80;

struct DTypeInfo {
  DType dtype;
  absl::string_view name;
  uint64_t size;
};

constexpr DTypeInfo kDTypes[] = {
    {DType::kF64, "F64", 8}, {DType::kF32, "F32", 4}, {DType::kI64, "I64", 8},
    {DType::kI32, "I32", 4}, {DType::kU8, "U8", 1},
};

const DTypeInfo& InfoOf(DType dtype) {
  return *std::find_if(std::begin(kDTypes), std::end(kDTypes),
                       [dtype](const DTypeInfo& i) { return i.dtype == dtype; });
}

template <typename T>
constexpr DType DTypeOf();
template <>
constexpr DType DTypeOf<double>() {
  return DType::kF64;
}
template <>
constexpr DType DTypeOf<float>() {
  return DType::kF32;
}
template <>
constexpr DType DTypeOf<int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType DTypeOf<uint8_t>() {
  return DType::kU8;
}

std::string Quoted(absl::string_view name) {
  return absl::StrCat("'", absl::Utf8SafeCHexEscape(name.substr(0, kLongestName)), "'");
}

absl::Status TensorError(absl::string_view name, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), ": ", what));
}

// The header's entry of one tensor. Its bytes are data[begin, end).
struct Entry {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  uint64_t begin;
  uint64_t end;
};

// nullopt if the product overflows.
std::optional<uint64_t> ByteCount(const std::vector<int64_t>& shape, uint64_t item_size) {
  uint64_t bytes = item_size;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes)) return std::nullopt;
  }
  return bytes;
}

// A field of a tensor's description; JSON null if it is missing, which the parser of its type rejects.
Json FieldOf(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field == object.end() ? Json() : *field;
}

absl::StatusOr<DType> ParseDType(const std::string& name, const Json& json) {
  std::string dtype;
  if (!FromJson(json, dtype)) return TensorError(name, "'dtype' is missing or not a string");
  for (const DTypeInfo& info : kDTypes) {
    if (info.name == dtype) return info.dtype;
  }
  return TensorError(name, absl::StrCat("dtype ", Quoted(dtype), " is not one of F64, F32, I64, I32 and U8"));
}

absl::StatusOr<std::vector<int64_t>> ParseShape(const std::string& name, const Json& json) {
  std::vector<int64_t> shape;
  if (!FromJson(json, shape)) return TensorError(name, "'shape' is missing or not a list of whole numbers below 2^63");
  if (shape.size() > kMaxTensorRank) {
    return TensorError(name, absl::StrCat(shape.size(), " dimensions exceed the limit of ", kMaxTensorRank));
  }
  for (const int64_t size : shape) {
    if (size < 0) return TensorError(name, absl::StrCat("'shape' holds ", size, "; sizes must not be negative"));
  }
  return shape;
}

// The range must lie within the data and have the length that follows from the shape.
absl::Status CheckRange(const Entry& entry, uint64_t data_size) {
  if (entry.begin > entry.end || entry.end > data_size) {
    return TensorError(entry.name, absl::StrCat("the range [", entry.begin, ", ", entry.end,
                                                ") does not lie within the ", data_size, " bytes of data"));
  }
  const std::optional<uint64_t> bytes = ByteCount(entry.shape, InfoOf(entry.dtype).size);
  if (!bytes) return TensorError(entry.name, "the shape takes more than 2^64 bytes");
  if (*bytes != entry.end - entry.begin) {
    return TensorError(entry.name, absl::StrCat("the shape takes ", *bytes, " bytes, the range [", entry.begin, ", ",
                                                entry.end, ") has ", entry.end - entry.begin));
  }
  return absl::OkStatus();
}

absl::StatusOr<Entry> ParseEntry(const std::string& name, const Json& json, uint64_t data_size) {
  if (!json.is_object()) return TensorError(name, "its description is not an object");
  if (json.size() != 3) return TensorError(name, "the fields must be 'dtype', 'shape' and 'data_offsets'");
  EBM_ASSIGN_OR_RETURN(const DType dtype, ParseDType(name, FieldOf(json, "dtype")));
  EBM_ASSIGN_OR_RETURN(std::vector<int64_t> shape, ParseShape(name, FieldOf(json, "shape")));
  std::vector<uint64_t> offsets;
  if (!FromJson(FieldOf(json, "data_offsets"), offsets) || offsets.size() != 2) {
    return TensorError(name, "'data_offsets' is missing or not two whole numbers below 2^64");
  }
  Entry entry{name, dtype, std::move(shape), offsets[0], offsets[1]};
  EBM_RETURN_IF_ERROR(CheckRange(entry, data_size));
  return entry;
}

// Every byte of the data must belong to exactly one tensor. entries: in the order of their bytes.
absl::Status CheckTiling(const std::vector<Entry>& entries, uint64_t data_size) {
  uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected) {
      return TensorError(
          entry.name, absl::StrCat("its range begins at ", entry.begin, ", not where the one before ends, ", expected,
                                   ": ranges overlap or leave a gap"));
    }
    expected = entry.end;
  }
  if (expected == data_size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the tensors take ", expected, " bytes, the file holds ", data_size, " bytes of data"));
}

struct Header {
  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;  // in the order of their bytes
};

absl::StatusOr<Header> ParseHeader(absl::string_view text, uint64_t data_size) {
  if (text.empty() || text[0] != '{') return absl::InvalidArgumentError("the header does not begin with '{'");
  // The JSON parser would take it for the end, and other readers of the format refuse it.
  if (absl::StrContains(text, '\0')) return absl::InvalidArgumentError("the header holds a NUL byte");
  EBM_ASSIGN_OR_RETURN(const Json json, ParseJson(text, "the header"));
  if (json.size() > kMaxTensors) {
    return absl::InvalidArgumentError(
        absl::StrCat("the header names ", json.size(), " tensors; the limit is ", kMaxTensors));
  }
  Header header;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadata) {
      if (FromJson(value, header.metadata)) continue;
      return absl::InvalidArgumentError("'__metadata__' is not a map of strings");
    }
    EBM_ASSIGN_OR_RETURN(Entry entry, ParseEntry(name, value, data_size));
    header.entries.push_back(std::move(entry));
  }
  std::stable_sort(header.entries.begin(), header.entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  EBM_RETURN_IF_ERROR(CheckTiling(header.entries, data_size));
  return header;
}

// Tensors with wider items first, so that every tensor begins at a multiple of its item size.
std::vector<const RawTensor*> InFileOrder(const std::vector<RawTensor>& tensors) {
  std::vector<const RawTensor*> order;
  order.reserve(tensors.size());
  for (const RawTensor& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const RawTensor* a, const RawTensor* b) {
    return InfoOf(a->dtype).size > InfoOf(b->dtype).size;
  });
  return order;
}

std::string SerializeHeader(const SafetensorsFile& file, const std::vector<const RawTensor*>& order) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header[kMetadata] = file.metadata;
  uint64_t begin = 0;
  for (const RawTensor* tensor : order) {
    const uint64_t end = begin + tensor->bytes.size();
    header[tensor->name] = {
        {"dtype", std::string(InfoOf(tensor->dtype).name)}, {"shape", tensor->shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text = DumpJson(header);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

absl::string_view DTypeName(DType dtype) { return InfoOf(dtype).name; }

const RawTensor* SafetensorsFile::Find(absl::string_view name) const {
  for (const RawTensor& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

template <typename T>
RawTensor MakeRawTensor(std::string name, std::vector<int64_t> shape, std::span<const T> values) {
  std::string bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return {std::move(name), DTypeOf<T>(), std::move(shape), std::move(bytes)};
}

template <typename T>
absl::StatusOr<std::vector<T>> ValuesOf(const RawTensor& tensor) {
  if (tensor.dtype != DTypeOf<T>()) {
    return TensorError(tensor.name,
                       absl::StrCat("dtype is ", InfoOf(tensor.dtype).name, ", not ", InfoOf(DTypeOf<T>()).name));
  }
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::copy(tensor.bytes.begin(), tensor.bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

template RawTensor MakeRawTensor(std::string, std::vector<int64_t>, std::span<const double>);
template RawTensor MakeRawTensor(std::string, std::vector<int64_t>, std::span<const float>);
template RawTensor MakeRawTensor(std::string, std::vector<int64_t>, std::span<const int64_t>);
template RawTensor MakeRawTensor(std::string, std::vector<int64_t>, std::span<const int32_t>);
template RawTensor MakeRawTensor(std::string, std::vector<int64_t>, std::span<const uint8_t>);
template absl::StatusOr<std::vector<double>> ValuesOf(const RawTensor&);
template absl::StatusOr<std::vector<float>> ValuesOf(const RawTensor&);
template absl::StatusOr<std::vector<int64_t>> ValuesOf(const RawTensor&);
template absl::StatusOr<std::vector<int32_t>> ValuesOf(const RawTensor&);
template absl::StatusOr<std::vector<uint8_t>> ValuesOf(const RawTensor&);

absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view content) {
  absl::string_view bytes = content;
  uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a file of ", bytes.size(), " bytes is not a safetensors file"));
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  bytes.remove_prefix(kLengthBytes);
  if (length > kMaxHeaderBytes) {
    const absl::string_view name = NameOfForeignFormat(content);
    if (!name.empty() && !absl::StartsWith(name, "a safetensors file")) {
      return absl::InvalidArgumentError(absl::StrCat("not a safetensors file, but ", name.substr(0, name.find(';'))));
    }
    return absl::InvalidArgumentError(
        absl::StrCat("the header claims ", length, " bytes; the limit is ", kMaxHeaderBytes));
  }
  if (length > bytes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the header claims ", length, " bytes, the file has ", bytes.size(), " left"));
  }
  const absl::string_view data = bytes.substr(length);
  EBM_ASSIGN_OR_RETURN(Header header, ParseHeader(bytes.substr(0, length), data.size()));

  SafetensorsFile file{std::move(header.metadata), {}};
  for (Entry& entry : header.entries) {
    std::string content(data.substr(entry.begin, entry.end - entry.begin));
    file.tensors.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape), std::move(content)});
  }
  return file;
}

std::string SerializeSafetensors(const SafetensorsFile& file) {
  const std::vector<const RawTensor*> order = InFileOrder(file.tensors);
  const std::string header = SerializeHeader(file, order);
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
  bytes.append(header);
  for (const RawTensor* tensor : order) bytes.append(tensor->bytes);
  return bytes;
}

absl::StatusOr<SafetensorsFile> ReadSafetensors(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path, kMaxSafetensorsBytes));
  absl::StatusOr<SafetensorsFile> file = ParseSafetensors(bytes);
  if (!file.ok()) return WithSource(path, file.status());
  return file;
}

absl::Status WriteSafetensors(const SafetensorsFile& file, const std::string& path) {
  return WriteFileAtomically(SerializeSafetensors(file), path);
}

}  // namespace ebm
