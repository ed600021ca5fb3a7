// A disk and models that a test makes up, for the repository.

#ifndef EBM_TESTS_SERVER_REPOSITORY_FAKE_MODELS_H_
#define EBM_TESTS_SERVER_REPOSITORY_FAKE_MODELS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

class FakeStore final : public ModelStore {
 public:
  using Key = std::pair<std::string, int64_t>;

  // The versions that cannot be loaded.
  void Break(const std::string& name, int64_t version) {
    const batching::MutexLock lock(&mu_);
    broken_.insert({name, version});
  }
  void Repair(const std::string& name, int64_t version) {
    const batching::MutexLock lock(&mu_);
    broken_.erase({name, version});
  }
  // Requests run on retired versions.
  void KeepRetired(size_t most) {
    const batching::MutexLock lock(&mu_);
    kept_ = most;
  }

  absl::Status Load(const LoadOrder& order) override {
    if (during_load) during_load(order);
    const batching::MutexLock lock(&mu_);
    const Key key = {order.name, order.version.number};
    attempts_.push_back(absl::StrCat(order.name, "/", order.version.number));
    if (broken_.contains(key)) return absl::InvalidArgumentError("too short");
    if (!loaded_.insert(key).second) return absl::AlreadyExistsError("loaded twice");
    return absl::OkStatus();
  }
  void Retire(const std::string& name, int64_t version) override {
    const batching::MutexLock lock(&mu_);
    loaded_.erase({name, version});
    retired_.emplace_back(name, version);
  }
  void SetLabels(const std::string& name, const VersionLabels& labels) override {
    const batching::MutexLock lock(&mu_);
    labels_[name] = labels;
  }
  std::vector<Key> Retired() const override {
    const batching::MutexLock lock(&mu_);
    return retired_;
  }
  size_t DestroyRetired() override {
    const batching::MutexLock lock(&mu_);
    if (retired_.size() > kept_) retired_.resize(kept_);
    return retired_.size();
  }

  std::set<int64_t> Loaded(const std::string& name) const {
    const batching::MutexLock lock(&mu_);
    std::set<int64_t> versions;
    for (const auto& [model, version] : loaded_) {
      if (model == name) versions.insert(version);
    }
    return versions;
  }
  VersionLabels Labels(const std::string& name) const {
    const batching::MutexLock lock(&mu_);
    const auto labels = labels_.find(name);
    return labels == labels_.end() ? VersionLabels() : labels->second;
  }
  // "name/version" of every load since the last call.
  std::vector<std::string> TakeAttempts() {
    const batching::MutexLock lock(&mu_);
    return std::exchange(attempts_, {});
  }

  std::function<void(const LoadOrder&)> during_load;  // set before there are threads

 private:
  mutable batching::Mutex mu_;
  std::set<Key> broken_ ABSL_GUARDED_BY(mu_);
  std::set<Key> loaded_ ABSL_GUARDED_BY(mu_);
  std::vector<Key> retired_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, VersionLabels> labels_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> attempts_ ABSL_GUARDED_BY(mu_);
  size_t kept_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace ebm::repository

#endif  // EBM_TESTS_SERVER_REPOSITORY_FAKE_MODELS_H_
