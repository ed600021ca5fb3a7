// The only place where absl::Status becomes grpc::Status.

#ifndef EBM_SERVER_RPC_STATUS_H_
#define EBM_SERVER_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace ebm::rpc {

// Code for code. Messages longer than kMaxStatusMessage bytes are cut: they travel in HTTP/2 headers, which clients and
// proxies limit.
grpc::Status ToGrpcStatus(const absl::Status& status);

inline constexpr size_t kMaxStatusMessage = 1024;

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_STATUS_H_
