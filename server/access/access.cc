#include "server/access/access.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ebm::access {
namespace {

constexpr char kScheme[] = "bearer ";

bool IsOnThisMachine(absl::string_view peer) {
  return absl::StartsWith(peer, "ipv4:127.") || absl::StartsWith(peer, "ipv6:[::1]") ||
         absl::StartsWith(peer, "ipv6:%5B::1%5D") || absl::StartsWith(peer, "unix:") || peer == "inproc";
}

absl::Status NeedsAdmin(absl::string_view how) {
  return absl::PermissionDeniedError(absl::StrCat("models are changed ", how));
}

}  // namespace

void Access::Use(std::shared_ptr<const TokenTable> table) {
  const absl::MutexLock lock(&mu_);
  table_ = std::move(table);
}

std::shared_ptr<const TokenTable> Access::table() const {
  const absl::MutexLock lock(&mu_);
  return table_;
}

absl::StatusOr<AccountPtr> Access::Check(absl::string_view authorization, absl::string_view peer, Role role) const {
  const std::shared_ptr<const TokenTable> table = this->table();
  if (table == nullptr) {
    if (role == Role::kInfer || IsOnThisMachine(peer)) return nullptr;
    return NeedsAdmin("only by callers on the server's machine, because it has no tokens");
  }
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return absl::UnauthenticatedError("authorization: a call needs the metadata 'authorization: Bearer TOKEN'");
  }
  const TokenTable::Entry* const entry = table->Find(authorization.substr(sizeof(kScheme) - 1));
  if (entry == nullptr) return absl::UnauthenticatedError("authorization: the token is not known");
  if (role == Role::kAdmin && entry->role != Role::kAdmin) return NeedsAdmin("only by callers of role admin");
  return entry->account;
}

}  // namespace ebm::access
