// The callers of a server by their tokens (proto/ebm/config/v1/tokens.proto).
//
// Threads: immutable; safe from any thread.

#ifndef EBM_SERVER_ACCESS_TOKEN_TABLE_H_
#define EBM_SERVER_ACCESS_TOKEN_TABLE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/inference/caller_account.h"

namespace ebm::access {

// What a call needs. An admin may do all that others may.
enum class Role { kInfer, kAdmin };

using AccountPtr = std::shared_ptr<inference::CallerAccount>;

// The callers by the SHA-256 of their tokens, so that finding one takes no longer the more of a token is right.
class TokenTable {
 public:
  // Accounts of `before` are kept where name and share are the same, with what their calls hold. before may be null.
  // file: its name in errors. Errors: InvalidArgument, with a line for each mistake and its place.
  static absl::StatusOr<std::shared_ptr<const TokenTable>> Parse(const std::string& file, const std::string& text,
                                                                 const TokenTable* before = nullptr);

  struct Entry {
    AccountPtr account;
    Role role = Role::kInfer;
  };
  // Null if there is none.
  const Entry* Find(absl::string_view token) const;

 private:
  std::map<std::string, Entry> entries_;  // by digest, hexadecimal
  std::vector<AccountPtr> accounts_;
};

}  // namespace ebm::access

#endif  // EBM_SERVER_ACCESS_TOKEN_TABLE_H_
