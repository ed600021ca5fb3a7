// The attempts to get one file by HTTP with libcurl: each goes on behind what the earlier ones got, if that is safe.
// fetch.h says what is retried, and the errors.
//
// Threads: one at a time.

#ifndef EBM_CLIENT_FETCH_HTTP_TRANSFER_H_
#define EBM_CLIENT_FETCH_HTTP_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/fetch/fetch.h"
#include "model/io/atomic_writer.h"

namespace ebm::client {

struct Attempt {
  absl::Status status;
  bool may_be_repeated = false;
  absl::Duration asked_wait;  // by the server's Retry-After, up to a minute
};

// ResourceExhausted above the limit.
absl::Status CheckSize(uint64_t bytes, uint64_t max_bytes);

class HttpTransfer {
 public:
  // All arguments must outlive it.
  static absl::StatusOr<std::unique_ptr<HttpTransfer>> Create(const FetchRequest& request, const FetchHooks& hooks,
                                                              AtomicWriter& writer);

  Attempt Try();

 private:
  using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

  HttpTransfer(const FetchRequest& request, const FetchHooks& hooks, AtomicWriter& writer)
      : request_(request), hooks_(hooks), writer_(writer), curl_(curl_easy_init(), curl_easy_cleanup) {}

  absl::Status SetUp();
  CURLcode Perform();
  // The answer's code and headers, once its body begins. Begins anew if the server does not go on with the same file.
  absl::Status TakeHead();
  absl::Status TakeBody(absl::string_view bytes);
  Attempt Outcome(CURLcode code) const;
  std::string Header(const char* name) const;  // of the last answer; empty if it has none

  static size_t Write(const char* bytes, size_t one, size_t count, void* transfer);
  static int Progress(void* transfer, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up_done);

  const FetchRequest& request_;
  const FetchHooks& hooks_;
  AtomicWriter& writer_;
  const Handle curl_;
  std::array<char, CURL_ERROR_SIZE> reason_ = {};  // by libcurl
  std::string etag_;                               // of what was written, if it is a strong one
  std::optional<uint64_t> total_;                  // bytes of the whole file
  bool has_head_ = false;
  absl::Status own_error_;  // of what this class did while libcurl called it
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_FETCH_HTTP_TRANSFER_H_
