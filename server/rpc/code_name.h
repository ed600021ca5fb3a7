// The names of status codes in metrics and logs: those of go-grpc-prometheus, which dashboards for gRPC servers expect.

#ifndef EBM_SERVER_RPC_CODE_NAME_H_
#define EBM_SERVER_RPC_CODE_NAME_H_

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ebm::rpc {

inline constexpr std::array<absl::string_view, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

// The code's place in kCodeNames: that of "Unknown" for numbers that are no codes.
inline size_t CodeIndex(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < kCodeNames.size() ? index : static_cast<size_t>(absl::StatusCode::kUnknown);
}

inline absl::string_view CodeName(absl::StatusCode code) { return kCodeNames[CodeIndex(code)]; }

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CODE_NAME_H_
