#include "client/cli/command_status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace ebm::client {
namespace {

constexpr absl::string_view kUsagePayload = "ebm.client/usage";

bool IsUsage(const absl::Status& status) { return status.GetPayload(kUsagePayload).has_value(); }

}  // namespace

absl::Status UsageError(absl::string_view message) { return AsUsage(absl::InvalidArgumentError(message)); }

absl::Status AsUsage(absl::Status status) {
  if (!status.ok()) status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

int ExitStatus(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  return IsUsage(status) ? kExitUsage : kExitServerError;
}

std::string ErrorLine(const absl::Status& status) {
  const std::string message = absl::StrReplaceAll(status.message(), {{"\r", " "}, {"\n", " "}});
  if (IsUsage(status)) return absl::StrCat("ebm-client: ", message);
  return absl::StrCat("ebm-client: ", absl::StatusCodeToString(status.code()), ": ", message);
}

}  // namespace ebm::client
