// SHA-256 of data: the same hexadecimal digits that sha256sum prints.

#ifndef EBM_MODEL_IO_DIGEST_H_
#define EBM_MODEL_IO_DIGEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ebm {

std::string Sha256Hex(absl::string_view bytes);

// The SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(absl::string_view bytes);
  std::string Hex() const;  // of the bytes so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct FileDigest {
  std::string name;  // from the folder that holds all files
  std::string sha256;
};

// The digest of a folder: that of the lines "sha256  name" in the order of the names' bytes, as sha256sum prints them.
std::string Sha256OfFiles(std::vector<FileDigest> files);

}  // namespace ebm

#endif  // EBM_MODEL_IO_DIGEST_H_
