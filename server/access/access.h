// Who may call: bearer tokens, their roles, and the accounts of the callers.
//
// Without a table of tokens, everybody may call, but only callers on this machine may change models.
//
// Errors: Unauthenticated, without a token or with an unknown one; PermissionDenied, with the role that is needed.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_ACCESS_ACCESS_H_
#define EBM_SERVER_ACCESS_ACCESS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/access/token_table.h"

namespace ebm::access {

class Access {
 public:
  // From now on, calls need a token of the table.
  void Use(std::shared_ptr<const TokenTable> table);
  std::shared_ptr<const TokenTable> table() const;

  // authorization: the value of the metadata of this name; empty: there is none. peer: as gRPC names it,
  // "ipv4:127.0.0.1:1234". Returns the caller's account; null if there is no table.
  absl::StatusOr<AccountPtr> Check(absl::string_view authorization, absl::string_view peer, Role role) const;

 private:
  mutable absl::Mutex mu_;
  std::shared_ptr<const TokenTable> table_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::access

#endif  // EBM_SERVER_ACCESS_ACCESS_H_
