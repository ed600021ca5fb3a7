#include "server/batching/queue_room.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace ebm::batching {
namespace {

// Marks the errors of a full queue. Payloads are not sent to callers.
constexpr char kQueueFull[] = "ebm.server.batching/queue_full";

absl::Status QueueFullError(const std::string& message) {
  absl::Status error = absl::ResourceExhaustedError(message);
  error.SetPayload(kQueueFull, absl::Cord());
  return error;
}

absl::Status Enter(const char* what, size_t wanted, size_t limit, std::atomic<size_t>& queued) {
  size_t seen = queued;
  do {
    if (seen + wanted > limit) {
      return QueueFullError(absl::StrCat("the queue is full: ", wanted, " ", what, " and the ", seen,
                                         " already queued exceed the limit of ", limit));
    }
  } while (!queued.compare_exchange_weak(seen, seen + wanted));
  return absl::OkStatus();
}

}  // namespace

bool IsQueueFull(const absl::Status& error) { return error.GetPayload(kQueueFull).has_value(); }

absl::Status QueueRoom::EnterChains(size_t chains) {
  return Enter("chains", chains, limits_.max_queued_chains, chains_);
}

absl::Status QueueRoom::EnterRows(size_t rows) { return Enter("rows", rows, limits_.max_queued_rows, rows_); }

}  // namespace ebm::batching
