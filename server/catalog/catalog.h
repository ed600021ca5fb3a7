// The models that a server serves, by name and version.
//
// Threads: safe from any thread. A model that Find or List returned stays alive while the caller holds it.

#ifndef EBM_SERVER_CATALOG_CATALOG_H_
#define EBM_SERVER_CATALOG_CATALOG_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/catalog/running_model.h"

namespace ebm::catalog {

class Catalog {
 public:
  // The model added last is the newest of its name.
  void Add(std::shared_ptr<RunningModel> model);

  // An empty name means the only model, an empty version the newest.
  // Errors: NotFound, listing the models that exist; InvalidArgument, an empty name while there are models of several
  // names.
  absl::StatusOr<std::shared_ptr<RunningModel>> Find(absl::string_view name, absl::string_view version) const;

  // All models, by name, older versions first.
  std::vector<std::shared_ptr<RunningModel>> List() const;

 private:
  mutable absl::Mutex mu_;
  std::vector<std::shared_ptr<RunningModel>> models_ ABSL_GUARDED_BY(mu_);  // by name, older versions first
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_CATALOG_H_
