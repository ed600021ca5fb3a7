// The bearer token of calls, from a string or from a file that is read again when it has changed.
//
// A file is compared by its size and time of change before each call. If it cannot be read, or holds no token, as while
// it is being replaced, the last token stays in use.
//
// Errors of Create: InvalidArgument for a file without a token, or for one that cannot be read, and for a token with
// characters that a header cannot hold.
//
// Threads: Header may be called concurrently.

#ifndef EBM_CLIENT_BEARER_TOKEN_H_
#define EBM_CLIENT_BEARER_TOKEN_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/connection_options.h"

namespace ebm::client {

inline constexpr char kAuthorizationHeader[] = "authorization";

class BearerToken {
 public:
  // Null if the options name no token.
  static absl::StatusOr<std::unique_ptr<BearerToken>> Create(const TokenOptions& options);

  // The value of the header, "Bearer ...".
  std::string Header() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct FileState {
    uintmax_t size = 0;
    std::filesystem::file_time_type changed;
    friend bool operator==(const FileState&, const FileState&) = default;
  };

  BearerToken(std::string file, std::string token) : file_(std::move(file)), token_(std::move(token)) {}

  static FileState StateOf(const std::string& path);

  const std::string file_;  // empty: the token does not change
  absl::Mutex mu_;
  FileState read_ ABSL_GUARDED_BY(mu_);  // of the file when it was last read
  std::string token_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_BEARER_TOKEN_H_
