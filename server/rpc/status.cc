#include "server/rpc/status.h"

#include <string>

namespace ebm::rpc {

static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) == grpc::StatusCode::UNAUTHENTICATED,
              "absl and gRPC must number the status codes alike");

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message().substr(0, kMaxStatusMessage))};
}

}  // namespace ebm::rpc
