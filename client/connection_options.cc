#include "client/connection_options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// These are limits of gRPC: more attempts are cut to 5, and a bucket holds at most 1000 tokens, two for each retry of a
// burst.
constexpr int kMostAttempts = 5;
constexpr int kLargestBurst = 500;

absl::Status Refuse(absl::string_view field, const auto& value, absl::string_view limit) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, ", must be ", limit));
}

absl::Status CheckPositive(absl::string_view field, absl::Duration time) {
  if (time > absl::ZeroDuration()) return absl::OkStatus();
  return Refuse(field, absl::FormatDuration(time), "above 0");
}

absl::Status CheckWaits(absl::string_view field, absl::Duration first, absl::Duration longest) {
  EBM_RETURN_IF_ERROR(CheckPositive(absl::StrCat("first_", field), first));
  if (longest >= first && longest < absl::InfiniteDuration()) return absl::OkStatus();
  return Refuse(absl::StrCat("longest_", field), absl::FormatDuration(longest),
                absl::StrCat("finite and at least first_", field, ", ", absl::FormatDuration(first)));
}

absl::Status CheckRetries(const RetryOptions& retry) {
  if (retry.attempts < 1 || retry.attempts > kMostAttempts) {
    return Refuse("attempts", retry.attempts, absl::StrCat("1 to ", kMostAttempts));
  }
  EBM_RETURN_IF_ERROR(CheckWaits("wait", retry.first_wait, retry.longest_wait));
  EBM_RETURN_IF_ERROR(CheckWaits("overload_wait", retry.first_overload_wait, retry.longest_overload_wait));
  // gRPC's own budget counts in thousandths, and takes 0 for a mistake.
  if (!(retry.budget >= 0.001 && retry.budget <= 1)) return Refuse("budget", retry.budget, "0.001 to 1");
  if (retry.burst < 1 || retry.burst > kLargestBurst) {
    return Refuse("burst", retry.burst, absl::StrCat("1 to ", kLargestBurst));
  }
  return absl::OkStatus();
}

absl::Status CheckToken(const TokenOptions& token, bool has_tls) {
  if (!token.token.empty() && !token.file.empty()) {
    return absl::InvalidArgumentError("token: a token and a file are set, must be one of them");
  }
  if (token.empty() || has_tls || token.without_tls == PlainTextToken::kAllowed) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "token: the connection is plain text, where anyone on the way can read the token; use TLS");
}

}  // namespace

absl::Status ConnectionOptions::Validate() const {
  if (target.empty()) return absl::InvalidArgumentError("target: empty, must be an address such as HOST:PORT");
  if (tls.has_value() && tls->certificate_file.empty() != tls->key_file.empty()) {
    return absl::InvalidArgumentError("tls: a client certificate needs its key, and a key its certificate");
  }
  EBM_RETURN_IF_ERROR(CheckToken(token, tls.has_value()));
  EBM_RETURN_IF_ERROR(CheckPositive("deadline", deadline));
  EBM_RETURN_IF_ERROR(CheckPositive("keepalive_time", keepalive_time));
  EBM_RETURN_IF_ERROR(CheckPositive("keepalive_timeout", keepalive_timeout));
  if (max_message_bytes < 1) return Refuse("max_message_bytes", max_message_bytes, "1 or more");
  return CheckRetries(retry);
}

}  // namespace ebm::client
