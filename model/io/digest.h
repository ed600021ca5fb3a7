// SHA-256 of data, for a checkpoint's provenance: the same hexadecimal digits that sha256sum prints.

#ifndef EBM_MODEL_IO_DIGEST_H_
#define EBM_MODEL_IO_DIGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ebm {

std::string Sha256Hex(absl::string_view bytes);

struct FileDigest {
  std::string name;  // from the folder that holds all files
  std::string sha256;
};

// The digest of a folder: that of the lines "sha256  name" in the order of the names' bytes, as sha256sum prints them.
std::string Sha256OfFiles(std::vector<FileDigest> files);

}  // namespace ebm

#endif  // EBM_MODEL_IO_DIGEST_H_
