// The memory that requests may hold, in bytes: one limit for the process, shared by the schedulers of all models and by
// what calls keep besides (server/inference).
//
// Counting requests, chains or rows does not bound memory, since their sizes differ by orders of magnitude. So whoever
// is about to hold memory of a request's size reserves the bytes first, and is refused if they are not free.
//
// Errors: ResourceExhausted with the bytes wanted, the bytes held and the limit.
//
// Threads: safe from any thread, without a lock. A reservation belongs to one thread at a time.

#ifndef EBM_SERVER_BATCHING_MEMORY_BUDGET_H_
#define EBM_SERVER_BATCHING_MEMORY_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm::batching {

class MemoryBudget;

// Bytes that are counted as held until the reservation is destroyed. The budget outlives it.
class MemoryReservation {
 public:
  MemoryReservation() = default;  // of no bytes
  MemoryReservation(MemoryReservation&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryReservation();

  uint64_t bytes() const { return bytes_; }

 private:
  friend class MemoryBudget;
  MemoryReservation(MemoryBudget* budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {}

  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // what: what the bytes are for, as in "64 chains of dimension 784".
  absl::StatusOr<MemoryReservation> TryReserve(uint64_t bytes, absl::string_view what);

  uint64_t limit() const { return limit_; }
  uint64_t held() const { return held_; }  // never more than the limit

 private:
  friend class MemoryReservation;

  const uint64_t limit_;
  std::atomic<uint64_t> held_ = 0;
};

inline MemoryReservation::~MemoryReservation() {
  if (budget_ != nullptr) budget_->held_ -= bytes_;
}

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_MEMORY_BUDGET_H_
