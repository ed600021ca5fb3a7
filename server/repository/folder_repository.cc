#include "server/repository/folder_repository.h"

#include "model/core/status_macros.h"

namespace ebm::repository {

absl::StatusOr<std::unique_ptr<FolderRepository>> FolderRepository::Open(const RepositoryOptions& options,
                                                                         const CatalogStoreOptions& store,
                                                                         Parts parts) {
  std::unique_ptr<FolderRepository> repository(new FolderRepository(options, store, std::move(parts)));
  EBM_RETURN_IF_ERROR(repository->repository_.Start());
  EBM_RETURN_IF_ERROR(repository->repository_.WaitUntilLoaded());
  return repository;
}

}  // namespace ebm::repository
