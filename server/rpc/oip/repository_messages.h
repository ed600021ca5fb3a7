// Requests and responses about the models that there are.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_REPOSITORY_MESSAGES_H_
#define EBM_SERVER_RPC_OIP_REPOSITORY_MESSAGES_H_

#include <vector>

#include "absl/status/status.h"
#include "server/catalog/model_control.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// InvalidArgument for a named repository, and for parameters that the server does not have.
absl::Status CheckRequest(const wire::RepositoryIndexRequest& request);
absl::Status CheckRequest(const wire::RepositoryModelLoadRequest& request);
absl::Status CheckRequest(const wire::RepositoryModelUnloadRequest& request);

// Each version of a model under both of its names.
wire::RepositoryIndexResponse ToProto(const std::vector<catalog::VersionStatus>& index,
                                      const wire::RepositoryIndexRequest& request);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_REPOSITORY_MESSAGES_H_
