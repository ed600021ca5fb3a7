// Processes ("ranks") that train one model together, and what they exchange.
//
// All ranks must make the same calls in the same order, with arguments of the same lengths; decisions are therefore
// taken from sums, which are the same bits on every rank.
//
// Errors: Unavailable if a rank is lost or late. The group is unusable after that: the process ends, and the run is
// resumed from its state file.
//
// Threads: one thread at a time.

#ifndef EBM_MODEL_OFFLINE_PARALLEL_PROCESS_GROUP_H_
#define EBM_MODEL_OFFLINE_PARALLEL_PROCESS_GROUP_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ebm {

class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  // 0 to size() - 1. Rank 0 alone reads the run's state and writes files.
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Replaces the values by their sums over all ranks: the same bits on every rank, and in every run of this size. The
  // order of a sum of more than two depends on the size.
  virtual absl::Status Sum(std::span<float> values) = 0;
  // Replaces the bytes by those of rank 0.
  virtual absl::Status Broadcast(std::span<uint8_t> bytes) = 0;
  // The values of all ranks, one rank after the other: [size() * values.size()].
  virtual absl::StatusOr<std::vector<float>> Gather(std::span<const float> values) = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARALLEL_PROCESS_GROUP_H_
