// Measures a whole Sample request through the scheduler and its workers, as a caller of the library would see it.
//
// With one worker and as many chains as its tile holds, the time per step minus that of Step (step_bench.cc) with the
// same number of chains is the overhead of the engine.

#include <benchmark/benchmark.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/model_chain_settings.h"
#include "server/catalog/model_engines.h"
#include "tests/bench/measured_models.h"

namespace ebm::bench {
namespace {

constexpr uint32_t kSteps = 20;

class WaitingSink final : public batching::ResultSink {
 public:
  batching::OfferResult Offer(batching::Frame& /*frame*/) override { return batching::OfferResult::kTaken; }
  void Finish(batching::SampleSummary /*summary*/) override { finished_.Notify(); }
  void Wait() { finished_.WaitForNotification(); }

 private:
  absl::Notification finished_;
};

batching::SampleTask Task(uint32_t chains, std::shared_ptr<WaitingSink> sink) {
  batching::SampleTask task;
  task.settings = std::make_shared<catalog::ModelChainSettings>(ChainSettings{
      .seed = 1,
      .sampler = {.steps = kSteps, .kernel = Langevin{.step_size = 0.1F}, .clamp_lower = -1.0F, .clamp_upper = 1.0F}});
  task.chains = chains;
  task.steps = kSteps;
  task.states.resize(chains * kDimension);
  task.sink = std::move(sink);
  return task;
}

// Arguments: chains, workers.
void Engine(benchmark::State& state, Precision precision) {
  const auto chains = static_cast<uint32_t>(state.range(0));
  const auto model = DigitsModel(precision);
  const catalog::StartStates starts("digits", {}, {}, /*base=*/nullptr);
  const batching::SteadyClock clock;
  batching::BatchingObserver observer;
  batching::WorkerPool pool(static_cast<int>(state.range(1)), &clock);
  batching::MemoryBudget memory(uint64_t{1} << 30);
  batching::QueueRoom room;
  batching::ChainScheduler scheduler({.dimension = kDimension, .num_classes = 10},
                                     {&clock, pool.wake_up(), &observer, &memory, &room});
  std::vector<std::unique_ptr<batching::Worker>> workers;
  workers.reserve(static_cast<size_t>(state.range(1)));
  for (int64_t i = 0; i < state.range(1); ++i) {
    workers.push_back(std::make_unique<batching::Worker>(
        &scheduler, std::make_unique<catalog::ModelChainEngine>(model.get(), &starts),
        std::make_unique<catalog::ModelRowEngine>(model.get())));
  }
  pool.Add(&scheduler, std::move(workers));
  for (auto _ : state) {
    const auto sink = std::make_shared<WaitingSink>();
    if (!scheduler.Submit(scheduler.NewJobId(), Task(chains, sink)).ok()) return state.SkipWithError("refused");
    sink->Wait();
  }
  scheduler.Stop(absl::UnavailableError("done"));
  pool.Remove(&scheduler);
  const auto steps = static_cast<double>(state.iterations() * kSteps * chains);
  state.counters["chain steps/s"] = benchmark::Counter(steps, benchmark::Counter::kIsRate);
  state.counters["FLOP/s"] = benchmark::Counter(kStepOperations * steps, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(Engine, f32, Precision::kF32)
    ->ArgsProduct({{1, 8, 32, 64, 512}, {1, 2}})
    ->UseRealTime()
    ->MinTime(0.3);
BENCHMARK_CAPTURE(Engine, bf16, Precision::kBf16)
    ->ArgsProduct({{1, 8, 32, 64, 512}, {1, 2}})
    ->UseRealTime()
    ->MinTime(0.3);

}  // namespace
}  // namespace ebm::bench
