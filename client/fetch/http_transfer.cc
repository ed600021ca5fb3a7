#include "client/fetch/http_transfer.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"

namespace ebm::client {
namespace {

constexpr long kMostRedirections = 10;
constexpr long kConnectSeconds = 20;
constexpr absl::Duration kLongestAskedWait = absl::Minutes(1);
constexpr long kWhole = 200;
constexpr long kPart = 206;

// Errors of connections, which another attempt may not meet.
bool IsOfConnection(CURLcode code) {
  constexpr CURLcode kCodes[] = {
      CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
      CURLE_COULDNT_CONNECT,      CURLE_PARTIAL_FILE,
      CURLE_OPERATION_TIMEDOUT,   CURLE_SSL_CONNECT_ERROR,
      CURLE_GOT_NOTHING,          CURLE_SEND_ERROR,
      CURLE_RECV_ERROR,           CURLE_HTTP2,
      CURLE_HTTP2_STREAM,         CURLE_AGAIN,
  };
  return std::ranges::find(kCodes, code) != std::end(kCodes);
}

bool MayBeRepeated(long answer) {
  constexpr long kAnswers[] = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(kAnswers, answer) != std::end(kAnswers);
}

absl::Status StatusOfAnswer(long answer) {
  const std::string message = absl::StrCat("the server answered ", answer);
  if (answer == 401) return absl::UnauthenticatedError(message);
  if (answer == 403) return absl::PermissionDeniedError(message);
  if (answer == 404 || answer == 410) return absl::NotFoundError(message);
  if (MayBeRepeated(answer)) return absl::UnavailableError(message);
  return absl::FailedPreconditionError(message);
}

// Whether "bytes FIRST-LAST/TOTAL" begins at this byte.
bool BeginsAt(absl::string_view content_range, uint64_t first) {
  return absl::StartsWith(content_range, absl::StrCat("bytes ", first, "-"));
}

}  // namespace

absl::Status CheckSize(uint64_t bytes, uint64_t max_bytes) {
  if (bytes <= max_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("it has ", bytes, " bytes or more, above the limit --max_bytes=", max_bytes));
}

absl::StatusOr<std::unique_ptr<HttpTransfer>> HttpTransfer::Create(const FetchRequest& request, const FetchHooks& hooks,
                                                                   AtomicWriter& writer) {
  std::unique_ptr<HttpTransfer> transfer(new HttpTransfer(request, hooks, writer));
  if (transfer->curl_ == nullptr) return absl::InternalError("libcurl cannot be initialised");
  EBM_RETURN_IF_ERROR(transfer->SetUp());
  return transfer;
}

absl::Status HttpTransfer::SetUp() {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = ok && curl_easy_setopt(curl_.get(), option, value) == CURLE_OK;
  };
  const char* const schemes = request_.source.kind == SourceKind::kHttps ? "https" : "http,https";
  set(CURLOPT_URL, request_.source.location.c_str());
  set(CURLOPT_PROTOCOLS_STR, schemes);
  set(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMostRedirections);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_USERAGENT, absl::StrCat("ebm-client/", kVersion).c_str());
  set(CURLOPT_CONNECTTIMEOUT, std::min<long>(kConnectSeconds, absl::ToInt64Seconds(request_.stall_timeout)));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(absl::ToInt64Seconds(request_.stall_timeout)));
  set(CURLOPT_ERRORBUFFER, reason_.data());
  set(CURLOPT_WRITEFUNCTION, &HttpTransfer::Write);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &HttpTransfer::Progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  const char* const system_roots = std::getenv("SSL_CERT_FILE");
  if (!request_.ca_file.empty()) {
    set(CURLOPT_CAINFO, request_.ca_file.c_str());
  } else if (system_roots != nullptr) {
    set(CURLOPT_CAINFO, system_roots);
  }
  if (!request_.bearer_token.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, request_.bearer_token.c_str());
  }
  return ok ? absl::OkStatus() : absl::InternalError("libcurl lacks an option that this program needs");
}

Attempt HttpTransfer::Try() {
  const absl::Status restarted = etag_.empty() && writer_.bytes() > 0 ? writer_.Restart() : absl::OkStatus();
  if (!restarted.ok()) return {.status = restarted};
  has_head_ = false;
  own_error_ = absl::OkStatus();
  reason_[0] = '\0';
  const CURLcode code = Perform();
  // An empty body calls nothing back.
  if (code == CURLE_OK && !has_head_) own_error_ = TakeHead();
  return Outcome(code);
}

CURLcode HttpTransfer::Perform() {
  curl_slist* headers = nullptr;
  std::string range;
  if (writer_.bytes() > 0) {
    range = absl::StrCat(writer_.bytes(), "-");
    headers = curl_slist_append(headers, absl::StrCat("If-Range: ", etag_).c_str());
  }
  curl_easy_setopt(curl_.get(), CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
  curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers);
  const CURLcode code = curl_easy_perform(curl_.get());
  curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers);
  return code;
}

std::string HttpTransfer::Header(const char* name) const {
  curl_header* header = nullptr;
  const CURLHcode code = curl_easy_header(curl_.get(), name, 0, CURLH_HEADER, -1, &header);
  return code == CURLHE_OK ? header->value : "";
}

absl::Status HttpTransfer::TakeHead() {
  has_head_ = true;
  long answer = 0;
  curl_off_t length = -1;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer);
  curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  const bool goes_on = answer == kPart && writer_.bytes() > 0;
  if (goes_on && !BeginsAt(Header("Content-Range"), writer_.bytes())) {
    return absl::FailedPreconditionError("the server sent another part of the file than was asked for");
  }
  if (!goes_on && answer != kWhole) return StatusOfAnswer(answer);
  if (!goes_on) {
    EBM_RETURN_IF_ERROR(writer_.Restart());
  }
  const std::string etag = Header("ETag");
  etag_ = absl::StartsWith(etag, "\"") ? etag : "";  // a weak one begins with W/
  total_.reset();
  if (length >= 0) total_ = writer_.bytes() + static_cast<uint64_t>(length);
  return CheckSize(total_.value_or(0), request_.max_bytes);
}

absl::Status HttpTransfer::TakeBody(absl::string_view bytes) {
  if (!has_head_) {
    EBM_RETURN_IF_ERROR(TakeHead());
  }
  EBM_RETURN_IF_ERROR(CheckSize(writer_.bytes() + bytes.size(), request_.max_bytes));
  EBM_RETURN_IF_ERROR(writer_.Append(bytes));
  hooks_.progress(writer_.bytes(), total_);
  return absl::OkStatus();
}

size_t HttpTransfer::Write(const char* bytes, size_t one, size_t count, void* transfer) {
  auto& self = *static_cast<HttpTransfer*>(transfer);
  self.own_error_ = self.TakeBody({bytes, one * count});
  return self.own_error_.ok() ? count : 0;
}

// Any other value than 0 ends the transfer.
int HttpTransfer::Progress(void* transfer, curl_off_t /*total*/, curl_off_t /*done*/, curl_off_t /*up_total*/,
                           curl_off_t /*up_done*/) {
  auto& self = *static_cast<HttpTransfer*>(transfer);
  if (!self.hooks_.stopped()) return 0;
  self.own_error_ = absl::CancelledError("interrupted");
  return 1;
}

Attempt HttpTransfer::Outcome(CURLcode code) const {
  if (!own_error_.ok()) return {.status = own_error_};
  if (code == CURLE_OK) return {};
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long answer = 0;
    curl_off_t asked_seconds = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_getinfo(curl_.get(), CURLINFO_RETRY_AFTER, &asked_seconds);
    return {.status = StatusOfAnswer(answer),
            .may_be_repeated = MayBeRepeated(answer),
            .asked_wait = std::min(kLongestAskedWait, absl::Seconds(asked_seconds))};
  }
  const std::string reason = reason_[0] == '\0' ? curl_easy_strerror(code) : reason_.data();
  if (IsOfConnection(code)) return {.status = absl::UnavailableError(reason), .may_be_repeated = true};
  if (code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {.status = absl::FailedPreconditionError(absl::StrCat("a redirection leads away from https: ", reason))};
  }
  return {.status = absl::FailedPreconditionError(reason)};
}

}  // namespace ebm::client
