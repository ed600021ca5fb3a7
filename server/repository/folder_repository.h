// A repository in a folder that serves through the catalog: the parts of this folder put together.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_
#define EBM_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/repository/catalog_store.h"
#include "server/repository/folder_disk.h"
#include "server/repository/model_store.h"
#include "server/repository/repository.h"

namespace ebm::repository {

class FolderRepository {
 public:
  // What a repository needs of the server. The pointers are borrowed and outlive the repository.
  struct Parts {
    MakeRunning make_running;
    catalog::Catalog* catalog = nullptr;
    RepositoryObserver* observer = nullptr;
    const batching::Clock* clock = nullptr;
  };

  // Returns when the models that must be there serve. Errors: those of Repository::Start and WaitUntilLoaded.
  static absl::StatusOr<std::unique_ptr<FolderRepository>> Open(const RepositoryOptions& options,
                                                                const CatalogStoreOptions& store, Parts parts);

  Repository& control() { return repository_; }

 private:
  FolderRepository(const RepositoryOptions& options, const CatalogStoreOptions& store, Parts parts)
      : disk_(store.folder),
        store_(store, std::move(parts.make_running), parts.catalog),
        repository_(options, {&disk_, &store_, parts.observer, parts.clock}) {}

  FolderDisk disk_;
  CatalogStore store_;
  Repository repository_;
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_
