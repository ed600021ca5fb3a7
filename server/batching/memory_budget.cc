#include "server/batching/memory_budget.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ebm::batching {

absl::StatusOr<MemoryReservation> MemoryBudget::TryReserve(uint64_t bytes, absl::string_view what) {
  if (bytes > limit_) {
    return absl::ResourceExhaustedError(absl::StrCat(what, " need ", bytes,
                                                     " bytes and can never fit: they exceed the ", "limit of ", limit_,
                                                     " on the server's memory for requests"));
  }
  uint64_t held = held_;
  do {
    if (bytes > limit_ - held) {
      return absl::ResourceExhaustedError(absl::StrCat("the server's memory for requests is full: ", what, " need ",
                                                       bytes, " bytes; with the ", held,
                                                       " bytes already held they exceed the limit of ", limit_));
    }
  } while (!held_.compare_exchange_weak(held, held + bytes));
  return MemoryReservation(this, bytes);
}

}  // namespace ebm::batching
