// ln of a sum of exponentials over all states of n bits, in double precision. Successive states differ in one bit (a
// Gray code), so that a term follows from the one before by the flip of a unit.
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_GRAY_CODE_SUM_H_
#define EBM_MODEL_OFFLINE_PARTITION_GRAY_CODE_SUM_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/log_sum_exp.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

// ln of a sum of exponentials whose terms come one by one.
class RunningLogSum {
 public:
  void Add(double term) {
    if (term > largest_) {
      sum_ = sum_ * std::exp(largest_ - term) + 1;
      largest_ = term;
    } else {
      sum_ += std::exp(term - largest_);
    }
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

// The sum over the states numbered from `first` on, whose Gray codes differ from one to the next in the lowest set bit
// of the number. State is constructed from (parameters, bits), has Flip(unit) and gives LogTerm().
template <typename State, typename Parameters>
double LogSumOfBlock(const Parameters& parameters, int64_t first, int64_t count) {
  State state(parameters, first ^ first >> 1);
  RunningLogSum sum;
  sum.Add(state.LogTerm());
  for (int64_t number = first + 1; number < first + count; ++number) {
    state.Flip(static_cast<size_t>(std::countr_zero(static_cast<uint64_t>(number))));
    sum.Add(state.LogTerm());
  }
  return sum.value();
}

// The sum over all states of so many bits. Errors: Cancelled.
template <typename State, typename Parameters>
absl::StatusOr<double> LogSumOverStates(const Parameters& parameters, int64_t bits, int threads,
                                        const AnnealingCallbacks& callbacks) {
  // States of a block, whose terms are added before the blocks are.
  constexpr int64_t kLeastBlock = 1 << 12;
  constexpr int64_t kMostBlocks = 1 << 16;
  const int64_t states = int64_t{1} << bits;
  const int64_t block_states = std::max(kLeastBlock, states / kMostBlocks);
  const int64_t blocks = (states + block_states - 1) / block_states;
  std::vector<double> of_block(static_cast<size_t>(blocks));
  std::vector<absl::Status> statuses(static_cast<size_t>(blocks));
  ProgressMeter meter(callbacks, AnnealingStage::kAnnealing, static_cast<double>(blocks));
  RowWorkers(threads, 1).ForEachSlice(blocks, [&](int64_t block, int64_t /*first*/, int64_t /*count*/) {
    statuses[block] = meter.Advance(1);
    if (!statuses[block].ok()) return;
    const int64_t first = block * block_states;
    of_block[block] = LogSumOfBlock<State>(parameters, first, std::min(block_states, states - first));
  });
  for (const absl::Status& status : statuses) EBM_RETURN_IF_ERROR(status);
  return LogSumExp(of_block);
}

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_GRAY_CODE_SUM_H_
