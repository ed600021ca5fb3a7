#include "model/checkpoint/content_digest.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/io/digest.h"

namespace ebm {

std::string ContentDigest(const SafetensorsFile& file, std::span<const char* const> metadata_keys) {
  std::set<std::string> lines;
  for (const char* const key : metadata_keys) {
    const auto found = file.metadata.find(key);
    if (found != file.metadata.end()) lines.insert(absl::StrCat("metadata ", key, " ", Sha256Hex(found->second), "\n"));
  }
  for (const RawTensor& tensor : file.tensors) {
    lines.insert(absl::StrCat("tensor ", tensor.name, " ", DTypeName(tensor.dtype), " [",
                              absl::StrJoin(tensor.shape, ", "), "] ", Sha256Hex(tensor.bytes), "\n"));
  }
  return Sha256Hex(absl::StrJoin(lines, ""));
}

}  // namespace ebm
