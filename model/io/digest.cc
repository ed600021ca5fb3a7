#include "model/io/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ebm {

std::string Sha256Hex(absl::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Sha256OfFiles(std::vector<FileDigest> files) {
  std::ranges::sort(files, {}, &FileDigest::name);
  std::string lines;
  for (const FileDigest& file : files) absl::StrAppend(&lines, file.sha256, "  ", file.name, "\n");
  return Sha256Hex(lines);
}

}  // namespace ebm
