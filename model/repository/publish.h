// Publishing versions of a model into a repository, whole or not at all.
//
// Errors: InvalidArgument, a folder that no model can have; otherwise the operating system's, with the path.
//
// Threads: free functions, reentrant. Any number of programs may publish into one folder at a time.

#ifndef EBM_MODEL_REPOSITORY_PUBLISH_H_
#define EBM_MODEL_REPOSITORY_PUBLISH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/repository/layout.h"

namespace ebm {

// Creates the model's folder, DIR/NAME, if it is missing. Its parent must exist.
absl::Status PrepareModelFolder(const std::string& folder);

// Writes the file's bytes as the version after the newest one, or after that which somebody else publishes meanwhile:
// into DIR/NAME/.incoming-<random>, synced, which is then renamed.
absl::StatusOr<StoredVersion> PublishVersion(const std::string& folder, absl::string_view bytes);

// The version that requests mean which name none: that labelled stable, otherwise the newest. Empty: there is none.
// Errors: those of ReadModelSettings.
absl::StatusOr<std::optional<StoredVersion>> DefaultVersion(const std::string& folder);

struct Removal {
  std::vector<int64_t> removed;
  std::vector<std::string> kept;  // why each of the other old versions stays
};

// Removes all but the newest `keep` versions, and except those that have a label or that a server has loaded.
absl::StatusOr<Removal> RemoveOldVersions(const std::string& folder, int64_t keep);

}  // namespace ebm

#endif  // EBM_MODEL_REPOSITORY_PUBLISH_H_
