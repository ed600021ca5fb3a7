// Where a model repository has its files.
//
//   DIR/NAME/VERSION/model.safetensors   a checkpoint; VERSION: 1 to 2^63 - 1, without leading zeros
//   DIR/NAME/model.txtpb                 how the model is served (model_settings.h); optional
//
// Names that begin with a dot are ignored: what is being written has one until a rename publishes it. Symbolic links
// are followed everywhere; Kubernetes shows the files of a volume through links (to ..data, which is ignored itself).
// What else is there is ignored, too.
//
// Errors: the operating system's, by absl::ErrnoToStatus, with the path.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_REPOSITORY_LAYOUT_H_
#define EBM_MODEL_REPOSITORY_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

inline constexpr char kModelFile[] = "model.safetensors";
inline constexpr char kSettingsFile[] = "model.txtpb";

// Tells a file from what was at its path before: a rename changes the inode, writing the size or the time.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t bytes = 0;
  int64_t modified = 0;  // nanoseconds since 1970

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct StoredVersion {
  int64_t number = 0;
  std::string path;  // of the checkpoint
  FileIdentity file;

  friend bool operator==(const StoredVersion&, const StoredVersion&) = default;
};

struct StoredModel {
  std::string name;
  std::vector<StoredVersion> versions;  // by number
  std::string settings_path;
  std::optional<FileIdentity> settings;  // empty: there is no such file

  friend bool operator==(const StoredModel&, const StoredModel&) = default;
};

struct StoredModels {
  std::vector<StoredModel> models;    // by name
  std::vector<std::string> problems;  // folders whose name no model can have, and those that cannot be read
};

// The number that a version's folder has. Empty if no version can be called so.
std::optional<int64_t> ParseVersion(absl::string_view name);

// InvalidArgument unless a model of a repository can be called so: CheckModelName, no slash, no dot in front.
absl::Status CheckStoredName(absl::string_view name);

absl::StatusOr<StoredModels> ScanRepository(const std::string& folder);

// One model's folder, DIR/NAME.
absl::StatusOr<StoredModel> ScanModel(const std::string& folder);

// The file's identity, behind links. Empty if there is no regular file.
std::optional<FileIdentity> IdentityOf(const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_REPOSITORY_LAYOUT_H_
