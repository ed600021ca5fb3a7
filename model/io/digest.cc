#include "model/io/digest.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"

namespace ebm {

std::string Sha256Hex(absl::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

absl::StatusOr<std::string> Sha256HexOfFile(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path));
  return Sha256Hex(bytes);
}

}  // namespace ebm
