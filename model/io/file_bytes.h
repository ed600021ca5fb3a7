// Whole files as bytes, with a limit on their size.
//
// Errors: the operating system's, by absl::ErrnoToStatus (NotFound, PermissionDenied, ...), with the path;
// InvalidArgument, a file beyond the limit, and a gzip stream that is cut short or damaged.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_IO_FILE_BYTES_H_
#define EBM_MODEL_IO_FILE_BYTES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

// The largest data file that readers take, after decompression.
inline constexpr size_t kMaxDataFileBytes = size_t{1} << 30;

// The path that means standard input, and the name that it has in errors.
inline constexpr char kStandardInput[] = "-";
std::string SourceName(const std::string& path);

// The file's bytes, unchanged. Pipes and standard input are read to their end. A named pipe that no program opens for
// writing within three seconds is an InvalidArgument error.
absl::StatusOr<std::string> ReadFileBytes(const std::string& path, size_t limit = kMaxDataFileBytes);

// The bytes and the SHA-256 of one reading, since a pipe cannot be read twice.
struct DataFile {
  std::string bytes;   // decompressed if the file is gzip (detected by its first two bytes)
  std::string sha256;  // of the file as it is stored, in hexadecimal digits
};

// The limit holds for both forms.
absl::StatusOr<DataFile> ReadDataFile(const std::string& path, size_t limit = kMaxDataFileBytes);

// All members of a gzip stream (RFC 1952), one after the other; zeros behind the last are ignored. `source` names it in
// errors.
absl::StatusOr<std::string> Gunzip(absl::string_view compressed, size_t limit, absl::string_view source);

// The same error with "source: " before its message.
absl::Status WithSource(absl::string_view source, const absl::Status& error);

// Replaces the file as a whole (atomic_file.h). Devices, pipes, and files in a folder where none can be created or
// replaced, are written in place; what is standard output or error is written to where that is.
absl::Status WriteFileBytes(absl::string_view bytes, const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_IO_FILE_BYTES_H_
