// Loads versions of a repository into the catalog.
//
// While a version can be found, its file is locked against removal by publishers (model/repository/version_lock.h).
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_REPOSITORY_CATALOG_STORE_H_
#define EBM_SERVER_REPOSITORY_CATALOG_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/repository/version_lock.h"
#include "server/batching/mutex.h"
#include "server/batching/queue_room.h"
#include "server/catalog/catalog.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/repository/model_store.h"

namespace ebm::repository {

// Begins to run a model: with the server's workers and an observer of the model's own.
using MakeRunning =
    std::function<std::shared_ptr<catalog::RunningModel>(std::shared_ptr<const catalog::ServedModel> model)>;

struct CatalogStoreOptions {
  std::string folder;                // of the repository
  catalog::ServingOptions defaults;  // for what a model's settings leave open
  batching::QueueLimits queue;       // a model's limits must fit in
};

// The options with the model's own settings. FailedPrecondition if its limits do not fit into the queue.
absl::StatusOr<catalog::ServingOptions> OptionsOf(const ModelSettings& settings, const CatalogStoreOptions& server);

class CatalogStore final : public ModelStore {
 public:
  // The catalog is borrowed and outlives the store.
  CatalogStore(CatalogStoreOptions options, MakeRunning make_running, catalog::Catalog* catalog)
      : options_(std::move(options)), make_running_(std::move(make_running)), catalog_(*catalog) {}

  absl::Status Load(const LoadOrder& order) override;
  void Retire(const std::string& name, int64_t version) override;
  void SetLabels(const std::string& name, const VersionLabels& labels) override;
  std::vector<std::pair<std::string, int64_t>> Retired() const override;
  size_t DestroyRetired() override;

 private:
  absl::Status LoadLocked(const LoadOrder& order, VersionLock lock);

  const CatalogStoreOptions options_;
  const MakeRunning make_running_;
  catalog::Catalog& catalog_;
  batching::Mutex mu_;
  std::map<std::pair<std::string, int64_t>, VersionLock> locks_ ABSL_GUARDED_BY(mu_);
  size_t held_ ABSL_GUARDED_BY(mu_) = 0;  // retired versions whose memory has not been returned
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_CATALOG_STORE_H_
