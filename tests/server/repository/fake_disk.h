// A disk that a test makes up, for the repository.

#ifndef EBM_TESTS_SERVER_REPOSITORY_FAKE_DISK_H_
#define EBM_TESTS_SERVER_REPOSITORY_FAKE_DISK_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/batching/mutex.h"
#include "server/repository/model_store.h"

namespace ebm::repository {

class FakeDisk final : public ModelDisk {
 public:
  // Puts a version there, or replaces its file.
  void Put(const std::string& name, int64_t version) {
    const batching::MutexLock lock(&mu_);
    models_[name][version] = ++inode_;
  }
  void Remove(const std::string& name, int64_t version) {
    const batching::MutexLock lock(&mu_);
    models_[name].erase(version);
  }
  void RemoveModel(const std::string& name) {
    const batching::MutexLock lock(&mu_);
    models_.erase(name);
  }
  void SetSettings(const std::string& name, absl::StatusOr<ModelSettings> settings) {
    const batching::MutexLock lock(&mu_);
    settings_.insert_or_assign(name, std::move(settings));
  }
  void SetError(absl::Status error) {
    const batching::MutexLock lock(&mu_);
    error_ = std::move(error);
  }

  absl::StatusOr<StoredModels> Scan() override {
    const batching::MutexLock lock(&mu_);
    if (!error_.ok()) return error_;
    StoredModels found;
    for (const auto& [name, versions] : models_) found.models.push_back(Stored(name, versions));
    return found;
  }
  absl::StatusOr<StoredModel> ScanModel(const std::string& name) override {
    const batching::MutexLock lock(&mu_);
    const auto model = models_.find(name);
    if (model == models_.end()) return absl::NotFoundError(name);
    return Stored(name, model->second);
  }
  absl::StatusOr<ModelSettings> ReadSettings(const StoredModel& model) override {
    const batching::MutexLock lock(&mu_);
    const auto settings = settings_.find(model.name);
    if (settings == settings_.end()) return ModelSettings();
    return settings->second;
  }

 private:
  static StoredModel Stored(const std::string& name, const std::map<int64_t, uint64_t>& versions) {
    StoredModel model = {.name = name};
    for (const auto& [version, inode] : versions) {
      model.versions.push_back({.number = version, .path = absl::StrCat(name, "/", version), .file = {.inode = inode}});
    }
    return model;
  }

  batching::Mutex mu_;
  uint64_t inode_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::map<int64_t, uint64_t>> models_ ABSL_GUARDED_BY(mu_);  // inodes, by version
  std::map<std::string, absl::StatusOr<ModelSettings>> settings_ ABSL_GUARDED_BY(mu_);
  absl::Status error_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::repository

#endif  // EBM_TESTS_SERVER_REPOSITORY_FAKE_DISK_H_
