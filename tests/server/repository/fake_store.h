// Models that a test makes up, for the repository.

#ifndef EBM_TESTS_SERVER_REPOSITORY_FAKE_STORE_H_
#define EBM_TESTS_SERVER_REPOSITORY_FAKE_STORE_H_

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
#include "absl/strings/str_cat.h"
#include "server/batching/mutex.h"
#include "server/repository/model_store.h"

namespace ebm::repository {

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

#endif  // EBM_TESTS_SERVER_REPOSITORY_FAKE_STORE_H_
