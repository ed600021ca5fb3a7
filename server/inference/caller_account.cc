#include "server/inference/caller_account.h"

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "server/inference/exhausted.h"
#include "server/inference/model_observer.h"

namespace ebm::inference {

void CallerAccount::Return::operator()(Held* held) const {
  held->chains -= amount.chains;
  held->rows -= amount.rows;
  held->bytes -= amount.bytes;
}

absl::Status CallerAccount::Take(const char* what, uint64_t wanted, uint64_t most, std::atomic<uint64_t>& held) const {
  uint64_t seen = held;
  while (wanted <= most && seen <= most - wanted) {
    if (held.compare_exchange_weak(seen, seen + wanted)) return absl::OkStatus();
  }
  return ExhaustedError(Refusal::kShare, absl::StrCat("caller ", name_, ": ", wanted, " ", what, " and the ", seen,
                                                      " that it holds already exceed its share of ", most));
}

// What has been taken is given back if the next is refused.
absl::StatusOr<CallerAccount::Use> CallerAccount::TryUse(const CallerShare& amount) {
  Use use(held_.get(), Return{.account = held_, .amount = {}});
  EBM_RETURN_IF_ERROR(Take("chains", amount.chains, most_.chains, held_->chains));
  use.get_deleter().amount.chains = amount.chains;
  EBM_RETURN_IF_ERROR(Take("rows", amount.rows, most_.rows, held_->rows));
  use.get_deleter().amount.rows = amount.rows;
  EBM_RETURN_IF_ERROR(Take("bytes", amount.bytes, most_.bytes, held_->bytes));
  use.get_deleter().amount.bytes = amount.bytes;
  return use;
}

absl::StatusOr<CallerAccount::Use> TryUse(CallerAccount* account, const CallerShare& amount) {
  if (account == nullptr) return CallerAccount::Use();
  return account->TryUse(amount);
}

}  // namespace ebm::inference
