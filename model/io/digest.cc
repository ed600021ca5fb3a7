#include "model/io/digest.h"

#include <openssl/evp.h>
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

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }

  EVP_MD_CTX* const context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(absl::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

std::string Sha256::Hex() const {
  const State copy;  // more bytes may follow
  EVP_MD_CTX_copy_ex(copy.context, state_->context);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  EVP_DigestFinal_ex(copy.context, digest.data(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Sha256OfFiles(std::vector<FileDigest> files) {
  std::ranges::sort(files, {}, &FileDigest::name);
  std::string lines;
  for (const FileDigest& file : files) absl::StrAppend(&lines, file.sha256, "  ", file.name, "\n");
  return Sha256Hex(lines);
}

}  // namespace ebm
