// Finds before the work whether a file can be written, and where it is behind symbolic links.
//
// Errors: InvalidArgument for a folder, and for a device or pipe where a file is to be replaced; otherwise the
// operating system's. They name the path.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_IO_OUTPUT_FILE_H_
#define EBM_MODEL_IO_OUTPUT_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ebm {

// The path behind symbolic links, so that a link stays a link when its target is replaced. The target may be missing.
absl::StatusOr<std::string> TargetOf(const std::string& path);

// Whether the file is a mount point, as containers mount single files. It cannot be replaced.
bool IsMountPoint(const std::string& path);

// For WriteFileAtomically: a regular file or none, in a folder where files can be created; or a mount point that can be
// written to. Creates and removes an empty file in the folder.
absl::Status CheckReplaceable(const std::string& path);

// For WriteFileBytes: anything that can be written to, devices and pipes included. Creates and removes the file if it
// is missing.
absl::Status CheckWritable(const std::string& path);

// That no output is an input, or another output, under whatever name. Devices and pipes may be anything.
absl::Status CheckApart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);

}  // namespace ebm

#endif  // EBM_MODEL_IO_OUTPUT_FILE_H_
