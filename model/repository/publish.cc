#include "model/repository/publish.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "model/core/model_name.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/system_file.h"
#include "model/repository/model_settings.h"
#include "model/repository/version_lock.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;

// Renames a folder unless there is anything at the new path. A file system that cannot promise that still refuses to
// replace a folder with something in it.
bool RenameToNew(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  return (errno == EINVAL || errno == ENOSYS) && rename(from.c_str(), to.c_str()) == 0;
}

// Another program has published this version meanwhile.
bool IsTaken(int error) { return error == EEXIST || error == ENOTEMPTY || error == ENOTDIR; }

// A new folder whose name begins with a dot, beside the versions.
absl::StatusOr<std::string> MakeHidden(const std::string& folder, absl::string_view what) {
  std::string path = absl::StrCat(folder, "/.", what, "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return SystemError("create", path);
  if (chmod(path.c_str(), 0755) != 0) return SystemError("change the mode of", path);  // mkdtemp gives 0700
  return path;
}

// Every folder there counts, also one without a model.
absl::StatusOr<int64_t> NextVersion(const std::string& folder) {
  std::error_code error;
  int64_t newest = 0;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    newest = std::max(newest, ParseVersion(entry->path().filename().string()).value_or(0));
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot read the folder ", folder));
  if (newest == std::numeric_limits<int64_t>::max()) {
    return absl::FailedPreconditionError(absl::StrCat(folder, ": there is no version after ", newest));
  }
  return newest + 1;
}

// Moves the version out of sight first, so that no server begins to read it while its files go.
absl::Status RemoveVersion(const std::string& folder, const StoredVersion& version) {
  EBM_ASSIGN_OR_RETURN(const VersionLock lock, VersionLock::Claim(version.path));
  EBM_ASSIGN_OR_RETURN(const std::string hidden, MakeHidden(folder, "removed"));
  const std::string from = absl::StrCat(folder, "/", version.number);
  if (rename(from.c_str(), hidden.c_str()) != 0) {
    absl::Status status = SystemError("remove", from);
    rmdir(hidden.c_str());
    return status;
  }
  std::error_code error;
  fs::remove_all(hidden, error);
  return error ? absl::ErrnoToStatus(error.value(), absl::StrCat("cannot remove ", hidden)) : absl::OkStatus();
}

}  // namespace

absl::Status PrepareModelFolder(const std::string& folder) {
  EBM_RETURN_IF_ERROR(CheckStoredName(fs::path(folder).filename().string()));
  if (mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST) return absl::OkStatus();
  return SystemError("create", folder);
}

absl::StatusOr<StoredVersion> PublishVersion(const std::string& folder, absl::string_view bytes) {
  EBM_RETURN_IF_ERROR(PrepareModelFolder(folder));
  EBM_ASSIGN_OR_RETURN(const std::string incoming, MakeHidden(folder, "incoming"));
  absl::Cleanup remove_incoming = [&incoming] {
    std::error_code ignored;
    fs::remove_all(incoming, ignored);
  };
  EBM_RETURN_IF_ERROR(WriteFileAtomically(bytes, absl::StrCat(incoming, "/", kModelFile)));
  for (;;) {
    EBM_ASSIGN_OR_RETURN(const int64_t number, NextVersion(folder));
    const std::string target = absl::StrCat(folder, "/", number);
    if (RenameToNew(incoming, target)) {
      std::move(remove_incoming).Cancel();
      EBM_RETURN_IF_ERROR(SyncFolder(folder));
      const std::string path = absl::StrCat(target, "/", kModelFile);
      return StoredVersion{number, path, IdentityOf(path).value_or(FileIdentity())};
    }
    if (!IsTaken(errno)) return SystemError("publish", target);
  }
}

absl::StatusOr<std::optional<StoredVersion>> DefaultVersion(const std::string& folder) {
  std::optional<StoredVersion> version;
  if (!fs::exists(folder)) return version;
  EBM_ASSIGN_OR_RETURN(const StoredModel model, ScanModel(folder));
  EBM_ASSIGN_OR_RETURN(const ModelSettings settings, ReadModelSettings(model.settings_path));
  if (!model.versions.empty()) version = model.versions.back();
  const auto stable = settings.labels.find(kStableLabel);
  if (stable == settings.labels.end()) return version;
  for (const StoredVersion& stored : model.versions) {
    if (stored.number == stable->second) version = stored;
  }
  return version;
}

absl::StatusOr<Removal> RemoveOldVersions(const std::string& folder, int64_t keep) {
  EBM_ASSIGN_OR_RETURN(const StoredModel model, ScanModel(folder));
  EBM_ASSIGN_OR_RETURN(const ModelSettings settings, ReadModelSettings(model.settings_path));
  Removal removal;
  for (int64_t i = 0; i < std::ssize(model.versions) - keep; ++i) {
    const StoredVersion& version = model.versions[static_cast<size_t>(i)];
    const auto label = std::find_if(settings.labels.begin(), settings.labels.end(),
                                    [&version](const auto& entry) { return entry.second == version.number; });
    if (label != settings.labels.end()) {
      removal.kept.push_back(absl::StrCat("version ", version.number, " stays: it has the label ", label->first));
    } else if (const absl::Status status = RemoveVersion(folder, version); status.ok()) {
      removal.removed.push_back(version.number);
    } else {
      removal.kept.push_back(absl::StrCat("version ", version.number, " stays: ", status.message()));
    }
  }
  return removal;
}

}  // namespace ebm
