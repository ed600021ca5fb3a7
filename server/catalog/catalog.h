// The models that a server serves, by name and version.
//
// Versions are ordered by their number; labels select versions by other names. A model that is removed is retired: no
// new request finds it, and its running requests go on. It is destroyed by DestroyRetired, once its requests have ended
// and no call holds it. Calls therefore never hold the last reference to a model, whose destructor waits for workers
// (running_model.h).
//
// Threads: safe from any thread, except that DestroyRetired and the destructor wait for workers, and so must not
// be called by workers or by threads that serve calls. A model that Find or a list returned stays alive while the
// caller holds it.

#ifndef EBM_SERVER_CATALOG_CATALOG_H_
#define EBM_SERVER_CATALOG_CATALOG_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/batching/clock.h"
#include "server/catalog/running_model.h"

namespace ebm::catalog {

class Catalog {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;  // versions by label
  using ModelPtr = std::shared_ptr<RunningModel>;

  // AlreadyExists if there is one of its name and version; Unavailable after Drain.
  absl::Status Add(ModelPtr model);

  // Replaces the labels of a model. NotFound, and nothing changes, if there is no such model or version.
  absl::Status SetLabels(absl::string_view name, Labels labels);

  // Retires a model; its labels go. NotFound if there is none.
  absl::Status Remove(absl::string_view name, absl::string_view version);

  // An empty name means the only model. Without a version and a label, the version labelled kStableLabel (model_name.h)
  // is meant, or else the newest: that of the highest number. Errors: NotFound, listing the models or the labels that
  // exist; InvalidArgument, an empty name while there are models of several names, or both a version and a label.
  absl::StatusOr<ModelPtr> Find(absl::string_view name, absl::string_view version, absl::string_view label = "") const;

  // The models that can be found, by name, then by number of version.
  std::vector<ModelPtr> List() const;
  // Those, and the retired ones that still exist.
  std::vector<ModelPtr> ListAll() const;

  // Destroys the retired models that have ended. Returns how many remain.
  size_t DestroyRetired();

  // Lets no model take new requests, waits until those of all models, also retired ones, have ended, or until the given
  // time, and ends the rest with status `why`. No model can be added afterwards.
  void Drain(batching::SteadyTime until, const absl::Status& why);

 private:
  using Models = std::vector<ModelPtr>;

  absl::Status CheckNew(const RunningModel& model) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Insert(ModelPtr model) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Retire(const ModelPtr& model) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Models All() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Null if there is none. An empty version means the newest.
  ModelPtr Look(absl::string_view name, absl::string_view version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<ModelPtr> FindLabelled(absl::string_view name, absl::string_view label) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status NotFound(absl::string_view name, absl::string_view version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  Models models_ ABSL_GUARDED_BY(mu_);  // by name, then by number of version
  Models retired_ ABSL_GUARDED_BY(mu_);
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  std::map<std::string, Labels, std::less<>> labels_ ABSL_GUARDED_BY(mu_);  // of present versions, by model
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_CATALOG_H_
