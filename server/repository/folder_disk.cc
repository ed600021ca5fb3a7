#include "server/repository/folder_disk.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace ebm::repository {

absl::Status WithoutFolder(const absl::Status& error, const std::string& folder) {
  return absl::Status(error.code(), absl::StrReplaceAll(error.message(), {{absl::StrCat(folder, "/"), ""}}));
}

absl::StatusOr<StoredModel> FolderDisk::ScanModel(const std::string& name) {
  absl::StatusOr<StoredModel> model = ebm::ScanModel(absl::StrCat(folder_, "/", name));
  if (!model.ok()) return WithoutFolder(model.status(), folder_);
  return model;
}

absl::StatusOr<ModelSettings> FolderDisk::ReadSettings(const StoredModel& model) {
  absl::StatusOr<ModelSettings> settings = ReadModelSettings(model.settings_path);
  if (!settings.ok()) return WithoutFolder(settings.status(), folder_);
  return settings;
}

}  // namespace ebm::repository
