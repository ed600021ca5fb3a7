// The safetensors file (https://huggingface.co/docs/safetensors): named tensors and a map of strings, no code.
//
//   bytes 0..7         N, the header's length, unsigned little-endian
//   bytes 8..8+N-1     JSON: {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets": [begin, end]}}
//   bytes 8+N..        the tensors' bytes, row-major little-endian; offsets count from here
//
// Checkpoints and the trainer's resume state are both such files.
//
// Reading is strict: every byte of the data belongs to exactly one tensor, no name occurs twice, and sizes are checked
// against the file before anything is allocated. Writing is canonical: equal values give equal bytes, and
// Parse(Serialize(f)) is f up to the order of tensors. Another writer may space or order its header differently; such a
// file, once read and written again, has the same content in canonical form.
//
// Errors: InvalidArgument for anything wrong in the bytes, with the place, the value and the limit. For reading and
// writing files, see file_bytes.h and atomic_file.h.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_CHECKPOINT_SAFETENSORS_H_
#define EBM_MODEL_CHECKPOINT_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

// The supported dtypes; the error for any other names it.
enum class DType { kF64, kF32, kI64, kI32, kU8 };

absl::string_view DTypeName(DType dtype);  // as in the header: "F32"

struct RawTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::string bytes;  // little-endian, row-major

  friend bool operator==(const RawTensor&, const RawTensor&) = default;
};

struct SafetensorsFile {
  std::map<std::string, std::string> metadata;
  std::vector<RawTensor> tensors;

  // Null if there is no tensor of that name.
  const RawTensor* Find(absl::string_view name) const;

  friend bool operator==(const SafetensorsFile&, const SafetensorsFile&) = default;
};

inline constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 22;
inline constexpr size_t kMaxTensors = size_t{1} << 14;
inline constexpr size_t kMaxTensorRank = 8;
inline constexpr size_t kMaxSafetensorsBytes = size_t{1} << 33;

// T is double, float, int64_t, int32_t or uint8_t. REQUIRES: values holds exactly the product of shape.
template <typename T>
RawTensor MakeRawTensor(std::string name, std::vector<int64_t> shape, std::span<const T> values);

// InvalidArgument if the tensor's dtype is not T's.
template <typename T>
absl::StatusOr<std::vector<T>> ValuesOf(const RawTensor& tensor);

absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view content);

// Tensors are in the order given, but those with wider items come first. Bytes in names or metadata that are not UTF-8
// become U+FFFD. REQUIRES: names differ and are not "__metadata__"; every tensor's bytes fit its shape and dtype.
std::string SerializeSafetensors(const SafetensorsFile& file);

absl::StatusOr<SafetensorsFile> ReadSafetensors(const std::string& path);
absl::Status WriteSafetensors(const SafetensorsFile& file, const std::string& path);  // atomically

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_SAFETENSORS_H_
