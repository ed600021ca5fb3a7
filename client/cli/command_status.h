// Exit status of a command: 0, success; 1, the server refused the request or cannot be reached; 2, usage error (a bad
// flag, a missing file, rows of unequal length, a row length that does not fit the model).
//
// Commands return absl::Status. Errors of the client library are passed on unchanged and give 1. Errors that the
// program finds itself are marked as usage errors and give 2.

#ifndef EBM_CLIENT_CLI_COMMAND_STATUS_H_
#define EBM_CLIENT_CLI_COMMAND_STATUS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm::client {

inline constexpr int kExitDone = 0;
inline constexpr int kExitServerError = 1;
inline constexpr int kExitUsage = 2;

absl::Status UsageError(absl::string_view message);

// Marks an error of a reader or parser as a usage error.
absl::Status AsUsage(absl::Status status);
template <typename T>
absl::StatusOr<T> AsUsage(absl::StatusOr<T> result) {
  if (result.ok()) return result;
  return AsUsage(std::move(result).status());
}

int ExitStatus(const absl::Status& status);

// One line for standard error, without the line end: "ebm-client: NOT_FOUND: ..." for an error of the server,
// "ebm-client: ..." for a usage error.
std::string ErrorLine(const absl::Status& status);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_COMMAND_STATUS_H_
