// The models that a server serves, by name and version.
//
// Threads: safe from any thread. A caller keeps the model that it found for as long as its request runs, whatever the
// catalog does meanwhile.

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
  // A model added later is newer than those of the same name added before.
  void Add(std::shared_ptr<RunningModel> model);

  // An empty name means the only model there is, an empty version the newest.
  // Errors: NotFound, with what there is; InvalidArgument, an empty name where there are several.
  absl::StatusOr<std::shared_ptr<RunningModel>> Find(absl::string_view name, absl::string_view version) const;

  // All models, by name, older versions first.
  std::vector<std::shared_ptr<RunningModel>> List() const;

 private:
  mutable absl::Mutex mu_;
  std::vector<std::shared_ptr<RunningModel>> models_ ABSL_GUARDED_BY(mu_);  // by name, older versions first
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_CATALOG_H_
