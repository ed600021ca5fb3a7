// Measures one Langevin step of a tile of chains on one core, which a worker computes between two checks of the queue.

#include <benchmark/benchmark.h>

#include "model/networks/process_settings.h"
#include "model/sampler/langevin.h"
#include "tests/bench/measured_models.h"

namespace ebm::bench {
namespace {

// Returns the number of chain steps.
double MeasureSteps(benchmark::State& state, const EnergyModel& model) {
  ChainBatch chains = Chains(state.range(0), model.dimension());
  const LangevinKernel kernel(*model.log_density_gradient());
  for (auto _ : state) kernel.Step(chains);
  const auto steps = static_cast<double>(state.iterations() * state.range(0));
  state.counters["chain steps/s"] = benchmark::Counter(steps, benchmark::Counter::kIsRate);
  return steps;
}

void Step(benchmark::State& state, Precision precision) {
  const double steps = MeasureSteps(state, *DigitsModel(precision));
  state.counters["FLOP/s"] = benchmark::Counter(kStepOperations * steps, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(Step, f32, Precision::kF32)->Arg(1)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->MinTime(0.3);
BENCHMARK_CAPTURE(Step, bf16, Precision::kBf16)->Arg(1)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->MinTime(0.3);

void ResidualStep(benchmark::State& state) {
  PrepareProcess();
  MeasureSteps(state, *PicturesModel());
}
BENCHMARK(ResidualStep)->Arg(1)->Arg(8)->Arg(32)->MinTime(0.3);

}  // namespace
}  // namespace ebm::bench
