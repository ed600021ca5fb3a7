// Where a file is fetched from: a path, file:///PATH, https://HOST/PATH, or http://HOST/PATH.
//
// Errors: InvalidArgument for another scheme, and for an address that is not well formed. No error and no display name
// holds what an address may keep secret: the user and password before the host, and the query, which signs addresses of
// object stores.
//
// Threads: free functions, reentrant.

#ifndef EBM_CLIENT_FETCH_FETCH_SOURCE_H_
#define EBM_CLIENT_FETCH_FETCH_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"

namespace ebm::client {

enum class SourceKind { kFile, kHttp, kHttps };

struct FetchSource {
  SourceKind kind = SourceKind::kFile;
  std::string location;  // the path, or the whole address
  std::string display;   // for people
};

absl::StatusOr<FetchSource> ParseFetchSource(const std::string& text);

}  // namespace ebm::client

#endif  // EBM_CLIENT_FETCH_FETCH_SOURCE_H_
