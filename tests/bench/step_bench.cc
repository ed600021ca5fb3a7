// One Langevin step of a tile of chains, on one core: what a worker computes between two looks at the queue.

#include <benchmark/benchmark.h>

#include "model/kernels/bf16_multiply.h"
#include "model/sampler/langevin.h"
#include "tests/bench/digits_model.h"

namespace ebm::bench {
namespace {

void Step(benchmark::State& state, Precision precision) {
  if (precision == Precision::kBf16 && !kernels::HasBf16()) return state.SkipWithError("no bf16 here");
  const auto model = DigitsModel(precision);
  ChainBatch chains = Chains(state.range(0));
  const LangevinKernel kernel{};
  for (auto _ : state) kernel.Step(*model->log_density_gradient(), chains);
  const auto steps = static_cast<double>(state.iterations() * state.range(0));
  state.counters["chain steps/s"] = benchmark::Counter(steps, benchmark::Counter::kIsRate);
  state.counters["FLOP/s"] = benchmark::Counter(kStepOperations * steps, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(Step, f32, Precision::kF32)->Arg(1)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->MinTime(0.3);
BENCHMARK_CAPTURE(Step, bf16, Precision::kBf16)->Arg(1)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->MinTime(0.3);

}  // namespace
}  // namespace ebm::bench
