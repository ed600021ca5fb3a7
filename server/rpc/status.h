// The server's only conversion from absl::Status to grpc::Status.

#ifndef EBM_SERVER_RPC_STATUS_H_
#define EBM_SERVER_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace ebm::rpc {

// Keeps the code. Cuts messages longer than kMaxStatusMessage bytes: they are sent in HTTP/2 headers, whose size
// clients and proxies limit.
grpc::Status ToGrpcStatus(const absl::Status& status);

inline constexpr size_t kMaxStatusMessage = 1024;

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_STATUS_H_
