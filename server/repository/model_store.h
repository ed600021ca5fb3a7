// What the repository needs of its surroundings, so that tests can replace the disk and the models.

#ifndef EBM_SERVER_REPOSITORY_MODEL_STORE_H_
#define EBM_SERVER_REPOSITORY_MODEL_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/repository/layout.h"
#include "model/repository/model_settings.h"
#include "server/catalog/model_control.h"

namespace ebm::repository {

// Threads: safe from any thread.
class ModelDisk {
 public:
  virtual ~ModelDisk() = default;

  virtual absl::StatusOr<StoredModels> Scan() = 0;
  // NotFound if there is no such model.
  virtual absl::StatusOr<StoredModel> ScanModel(const std::string& name) = 0;
  virtual absl::StatusOr<ModelSettings> ReadSettings(const StoredModel& model) = 0;
};

// A version to load.
struct LoadOrder {
  std::string name;
  StoredVersion version;
  ModelSettings settings;
};

// The models that requests find. Threads: safe from any thread.
class ModelStore {
 public:
  virtual ~ModelStore() = default;

  // Reads, checks and warms a version, and lets requests find it. Takes long; the others return soon.
  virtual absl::Status Load(const LoadOrder& order) = 0;
  // No new request finds the version.
  virtual void Retire(const std::string& name, int64_t version) = 0;
  // All versions are loaded.
  virtual void SetLabels(const std::string& name, const VersionLabels& labels) = 0;

  // The retired versions whose requests still run, or which have not been destroyed yet.
  virtual std::vector<std::pair<std::string, int64_t>> Retired() const = 0;
  // Destroys retired versions whose requests have ended, and returns their memory. May wait for workers. Returns how
  // many remain.
  virtual size_t DestroyRetired() = 0;
};

// Receives what happens, for logs and metrics. Threads: called from the repository's threads; must return soon and not
// call the repository.
class RepositoryObserver {
 public:
  virtual ~RepositoryObserver() = default;

  // The state is kReady, or kFailed with the reason.
  virtual void LoadEnded(const catalog::VersionStatus& /*version*/, absl::Duration /*took*/) {}
  virtual void Retired(const std::string& /*name*/, int64_t /*version*/) {}
  // The repository has the model no more.
  virtual void Vanished(const std::string& /*name*/) {}
  // Settings or a folder that cannot be used. Once for each new text.
  virtual void FoundProblem(const std::string& /*problem*/) {}
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_MODEL_STORE_H_
