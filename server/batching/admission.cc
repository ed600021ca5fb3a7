#include "server/batching/admission.h"

#include "absl/strings/str_cat.h"

namespace ebm::batching {
namespace {

absl::Status Enter(const char* what, size_t wanted, size_t limit, size_t& queued) {
  if (queued + wanted > limit) {
    return absl::ResourceExhaustedError(absl::StrCat("the queue is full: ", wanted, " ", what, " and the ", queued,
                                                     " already queued exceed the limit of ", limit));
  }
  queued += wanted;
  return absl::OkStatus();
}

}  // namespace

absl::Status Admission::CheckOpen(SteadyTime now, SteadyTime deadline) const {
  if (!open_) return absl::UnavailableError("the server is draining and takes no new requests");
  if (deadline <= now) return absl::DeadlineExceededError("the request's deadline passed before it was queued");
  return absl::OkStatus();
}

absl::Status Admission::EnterChains(size_t chains) {
  return Enter("chains", chains, limits_.max_queued_chains, chains_);
}

absl::Status Admission::EnterRows(size_t rows) { return Enter("rows", rows, limits_.max_queued_rows, rows_); }

}  // namespace ebm::batching
