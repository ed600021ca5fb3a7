// How protocols control which models are loaded. The model repository implements it (server/repository), and
// FixedModels for a server with one checkpoint.
//
// Threads: safe from any thread. No method waits for a load.

#ifndef EBM_SERVER_CATALOG_MODEL_CONTROL_H_
#define EBM_SERVER_CATALOG_MODEL_CONTROL_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ebm::catalog {

enum class VersionState {
  kAvailable,  // in the repository, not loaded
  kLoading,
  kReady,
  kUnloading,  // its running requests finish
  kFailed,     // it could not be loaded
};

// A version of a model that the server knows.
struct VersionStatus {
  std::string name;
  std::string version;
  VersionState state = VersionState::kAvailable;
  std::string reason;               // why it is in this state, for people; empty: nothing to say
  std::vector<std::string> labels;  // that select it, sorted

  friend bool operator==(const VersionStatus&, const VersionStatus&) = default;
};

class ModelControl {
 public:
  virtual ~ModelControl() = default;

  // Loads a version in the background; an empty version means the newest. `done` is called once, from another thread or
  // before the method returns, with the version that was loaded, at once if it is loaded already. Errors:
  // InvalidArgument, no such name or version can exist; NotFound, the repository does not have it; FailedPrecondition,
  // its file is unusable, or the server itself decides what is loaded; Unavailable, the server is shutting down;
  // Unimplemented, there is no repository.
  virtual void Load(std::string name, std::string version, std::function<void(absl::StatusOr<VersionStatus>)> done) = 0;

  // Lets no new request find a version, or all versions of the model if the version is empty; their running requests
  // finish. `done` is called once, as above, when no new request can find them. NotFound if none is loaded; otherwise
  // the errors of Load.
  virtual void Unload(std::string name, std::string version, std::function<void(absl::Status)> done) = 0;

  // All versions, sorted by name, then by number of version.
  virtual std::vector<VersionStatus> Index() const = 0;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_CONTROL_H_
