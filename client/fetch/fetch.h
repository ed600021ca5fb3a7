// Fetches one file, whole or not at all: from a path, or by HTTP, into a file that is replaced atomically
// (model/io/atomic_writer.h). For a container that brings a model before the server starts.
//
// With a digest, a file that has it already is kept and nothing is fetched, and bytes with another are never given the
// file's name. Plain http is refused without one, since anyone on the way could change the bytes; so are redirections
// from https to http.
//
// Retries. A connection that fails or stalls, and the answers 408, 429, 500, 502, 503 and 504, are tried again with
// jittered, exponential waits. A transfer that was cut off goes on where it ended if the server gave the file a strong
// ETag and still has that version (If-Range, RFC 9110); otherwise it begins anew. The proxies are those of the
// environment (https_proxy, no_proxy).
//
// Errors: InvalidArgument of Validate for what the caller can correct; then NotFound, Unauthenticated, PermissionDenied
// by the server's answer, ResourceExhausted above the limit, DataLoss for another digest, Unavailable after the last
// retry, Cancelled, FailedPrecondition for a server that is not trusted and for other answers, and those of the
// operating system. Messages name the source without credentials and query.
//
// Threads: one fetch at a time for each file.

#ifndef EBM_CLIENT_FETCH_FETCH_H_
#define EBM_CLIENT_FETCH_FETCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/fetch/fetch_source.h"
#include "client/retry.h"

namespace ebm::client {

struct FetchRequest {
  FetchSource source;
  std::string file;
  std::string sha256;  // 64 hexadecimal digits; empty: any bytes
  uint64_t max_bytes = uint64_t{16} << 30;
  int retries = 5;
  absl::Duration stall_timeout = absl::Seconds(60);  // without a byte, whole seconds; also for connecting
  std::string ca_file;       // roots that https servers must come from, PEM; empty: SSL_CERT_FILE, or the system's
  std::string bearer_token;  // sent to the host of an https source only, not to where it redirects

  absl::Status Validate() const;
};

struct FetchHooks {
  std::function<bool()> stopped;  // asked often; once true, the fetch ends as Cancelled
  // total: unknown if the server does not tell it
  std::function<void(uint64_t bytes, std::optional<uint64_t> total)> progress;
  std::function<void(const absl::Status& error, absl::Duration wait)> retrying;
  std::shared_ptr<RetryClock> clock;
};

struct FetchResult {
  bool kept = false;  // the file had the digest, and nothing was fetched
  uint64_t bytes = 0;
  std::string sha256;
};

// REQUIRES: request.Validate() is OK, and all hooks are set.
absl::StatusOr<FetchResult> Fetch(const FetchRequest& request, const FetchHooks& hooks);

}  // namespace ebm::client

#endif  // EBM_CLIENT_FETCH_FETCH_H_
