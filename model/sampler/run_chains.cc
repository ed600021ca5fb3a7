#include "model/sampler/run_chains.h"

#include <algorithm>
#include <atomic>

namespace ebm {

int64_t RunChains(const TransitionKernel& kernel, const ChainSettings& settings, Matrix states, RowWorkers& workers) {
  std::atomic<int64_t> accepted = 0;
  // Tall slices are cheaper per row; shorter ones keep more threads busy.
  const int64_t share = CountSlices(states.rows(), workers.threads());
  workers.ForEachSlice(states.rows(), std::clamp<int64_t>(share, 1, kRowsPerSlice),
                       [&](int64_t /*slice*/, int64_t first, int64_t count) {
                         ChainBatch chains(count, states.cols());
                         ChainSettings of_row = settings;
                         for (int64_t i = 0; i < count; ++i) {
                           of_row.chain = settings.chain + static_cast<uint32_t>(first + i);
                           chains.Set(i, of_row, 0, states.row(first + i), {});
                         }
                         for (uint32_t step = 0; step < settings.sampler.steps; ++step) kernel.Step(chains);
                         for (int64_t i = 0; i < count; ++i) accepted += chains.TakeAccepted(i);
                         std::ranges::copy(chains.states().values(), states.row(first).data());
                       });
  return accepted;
}

}  // namespace ebm
