#include "client/fetch/fetch_source.h"

#include <curl/curl.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ebm::client {
namespace {

using Address = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Empty if the address has no such part.
std::string PartOf(const Address& address, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(address.get(), part, &text, flags) != CURLUE_OK) return "";
  const std::string result = text;
  curl_free(text);
  return result;
}

absl::Status Malformed(absl::string_view scheme, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("the ", scheme, " address is not well formed: ", reason));
}

std::string DisplayOf(const Address& address) {
  const std::string port = PartOf(address, CURLUPART_PORT);
  const std::string query = PartOf(address, CURLUPART_QUERY);
  return absl::StrCat(PartOf(address, CURLUPART_SCHEME), "://", PartOf(address, CURLUPART_HOST),
                      port.empty() ? "" : ":", port, PartOf(address, CURLUPART_PATH), query.empty() ? "" : "?...");
}

}  // namespace

absl::StatusOr<FetchSource> ParseFetchSource(const std::string& text) {
  const size_t colon = text.find("://");
  if (colon == std::string::npos) return FetchSource{SourceKind::kFile, text, text};
  const std::string scheme = text.substr(0, colon);
  if (scheme != "file" && scheme != "http" && scheme != "https") {
    return absl::InvalidArgumentError(absl::StrCat("'", scheme, "' is none of the schemes file, http and https"));
  }
  const Address address(curl_url(), curl_url_cleanup);
  if (address == nullptr) return absl::ResourceExhaustedError("no memory for an address");
  const CURLUcode code = curl_url_set(address.get(), CURLUPART_URL, text.c_str(), 0);
  if (code != CURLUE_OK) return Malformed(scheme, curl_url_strerror(code));
  if (scheme == "file") {
    const std::string path = PartOf(address, CURLUPART_PATH, CURLU_URLDECODE);
    if (path.empty()) return Malformed(scheme, "it has no path");
    return FetchSource{SourceKind::kFile, path, path};
  }
  return FetchSource{scheme == "https" ? SourceKind::kHttps : SourceKind::kHttp, text, DisplayOf(address)};
}

}  // namespace ebm::client
