#include "server/batching/queue_room.h"

#include "absl/strings/str_cat.h"

namespace ebm::batching {
namespace {

absl::Status Enter(const char* what, size_t wanted, size_t limit, std::atomic<size_t>& queued) {
  size_t seen = queued;
  do {
    if (seen + wanted > limit) {
      return absl::ResourceExhaustedError(absl::StrCat("the queue is full: ", wanted, " ", what, " and the ", seen,
                                                       " already queued exceed the limit of ", limit));
    }
  } while (!queued.compare_exchange_weak(seen, seen + wanted));
  return absl::OkStatus();
}

}  // namespace

absl::Status QueueRoom::EnterChains(size_t chains) {
  return Enter("chains", chains, limits_.max_queued_chains, chains_);
}

absl::Status QueueRoom::EnterRows(size_t rows) { return Enter("rows", rows, limits_.max_queued_rows, rows_); }

}  // namespace ebm::batching
