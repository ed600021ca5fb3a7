// NumPy's archives of arrays, as np.savez and np.savez_compressed write them: ZIP files of NPY files (npy.h), by
// libzip.
//
// Errors: InvalidArgument with the source, and with the member's name where there is one: a damaged archive, a member
// that is no NPY file or that has another compression than libzip knows or a password, a wrong checksum, no members,
// more than `limit` bytes in all members together. The sizes that the archive claims are not trusted: bytes are counted
// as they are decompressed.

#ifndef EBM_MODEL_IO_NPZ_H_
#define EBM_MODEL_IO_NPZ_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/file_bytes.h"
#include "model/io/stored_array.h"

namespace ebm {

struct NpzArray {
  std::string name;  // without .npy
  StoredArray array;
};

// Whether the bytes are a ZIP file.
bool IsZip(absl::string_view bytes);

// In the order of the archive. `source` names the bytes in errors.
absl::StatusOr<std::vector<NpzArray>> ParseNpz(absl::string_view bytes, absl::string_view source,
                                               size_t limit = kMaxDataFileBytes);

}  // namespace ebm

#endif  // EBM_MODEL_IO_NPZ_H_
