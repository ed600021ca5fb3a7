// A repository in a folder.
//
// Errors name paths from the repository's folder on, because callers are told of them.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_REPOSITORY_FOLDER_DISK_H_
#define EBM_SERVER_REPOSITORY_FOLDER_DISK_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/repository/model_store.h"

namespace ebm::repository {

// The error without the folder's path.
absl::Status WithoutFolder(const absl::Status& error, const std::string& folder);

class FolderDisk final : public ModelDisk {
 public:
  explicit FolderDisk(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<StoredModels> Scan() override { return ScanRepository(folder_); }
  absl::StatusOr<StoredModel> ScanModel(const std::string& name) override;
  absl::StatusOr<ModelSettings> ReadSettings(const StoredModel& model) override;

 private:
  const std::string folder_;
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_FOLDER_DISK_H_
