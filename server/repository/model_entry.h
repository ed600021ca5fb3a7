// What the repository knows of one model: its versions on disk, which of them are loaded, and why others are not.
//
// Threads: not thread-safe; the owner locks.

#ifndef EBM_SERVER_REPOSITORY_MODEL_ENTRY_H_
#define EBM_SERVER_REPOSITORY_MODEL_ENTRY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/repository/layout.h"
#include "model/repository/model_settings.h"
#include "server/catalog/model_control.h"
#include "server/repository/model_store.h"
#include "server/repository/wanted.h"

namespace ebm::repository {

using LoadDone = std::function<void(absl::StatusOr<catalog::VersionStatus>)>;

// What is to be done for a model now.
struct Step {
  std::vector<LoadOrder> load;
  Versions retire;
  std::optional<VersionLabels> labels;  // empty: they stay
};

// What decides which versions are wanted.
enum class Decides { kSettings, kRequests };

class ModelEntry {
 public:
  // kRequests: nothing is wanted until it is asked for.
  ModelEntry(std::string name, Decides decides) : name_(std::move(name)) {
    if (decides == Decides::kRequests) asked_.emplace();
  }

  // What a scan has found. Settings that cannot be used leave those before in effect.
  void Update(StoredModel stored, const absl::StatusOr<ModelSettings>& settings);
  // The folder is gone.
  void Vanish() { stored_.versions.clear(); }

  // For kRequests. What failed before is tried again.
  // For what the settings choose now. Returns the newest of these that is on disk or loaded; empty: there is none.
  std::optional<int64_t> AskForChosen();
  void AskFor(int64_t version);
  // No longer wants the version, or any if it is empty. Returns those that were loaded; they no longer are.
  Versions Forget(std::optional<int64_t> version);

  // Decides what is to be done, and assumes that it is done: the versions to load are loading, the others are not
  // loaded.
  Step Advance();
  // Returns the waiting callers of the version.
  std::vector<LoadDone> EndLoad(int64_t version, const absl::Status& status);
  // REQUIRES: the version is loading.
  void Await(int64_t version, LoadDone done) { states_[version].waiting.push_back(std::move(done)); }
  // All waiting callers.
  std::vector<LoadDone> TakeWaiting();

  bool IsOnDisk(int64_t version) const { return Find(version) != nullptr; }
  bool IsLoading(int64_t version) const;
  bool IsLoaded(int64_t version) const;
  // It should be served, and none of its versions is loaded.
  bool IsMissing() const;
  // Nothing is on disk, loaded or loading.
  bool IsGone() const { return stored_.versions.empty() && states_.empty(); }

  catalog::VersionStatus StatusOf(int64_t version) const;
  // All versions on disk, loaded or loading, by number.
  std::vector<catalog::VersionStatus> Index() const;

 private:
  // A version that is loading, loaded, or could not be loaded.
  struct State {
    catalog::VersionState state = catalog::VersionState::kLoading;
    std::string reason;
    FileIdentity file;
    std::vector<LoadDone> waiting;
  };

  VersionSets Sets() const;
  Versions Wanted(const VersionSets& sets) const;
  const StoredVersion* Find(int64_t version) const;
  std::vector<std::string> LabelsOf(int64_t version) const;

  const std::string name_;
  StoredModel stored_;
  std::optional<ModelSettings> settings_;  // empty: none were good yet
  std::string settings_problem_;
  std::map<int64_t, State> states_;
  std::optional<Versions> asked_;  // empty: the settings decide
  bool asked_for_chosen_ = false;  // by the last request
  VersionLabels labels_;           // in effect
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_MODEL_ENTRY_H_
