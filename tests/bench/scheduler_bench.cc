// Measures what the scheduler adds to a round: workers whose engines compute nothing, and the locks that they take.
//
//   quiet   the chains fill the slots, nobody else waits, no frame is due
//   turns   eight times as many chains as slots, of two requests: chains yield their slots every kTurnSteps steps
//   frames  a frame is due at every step

#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker_pool.h"
#include "tests/support/lock_count.h"

namespace ebm::bench {
namespace {

constexpr int kSlots = 32;
constexpr int kCoordinates = 4;
constexpr batching::RowShape kShape = {.dimension = kCoordinates, .num_classes = 2};
constexpr uint32_t kEndless = 1U << 30;

class NoSettings final : public batching::OpaqueSettings {};

class IdleChainEngine final : public batching::ChainEngine {
 public:
  explicit IdleChainEngine(std::atomic<int64_t>* rounds) : rounds_(*rounds) {}

  int slots() const override { return kSlots; }
  int dimension() const override { return kCoordinates; }
  absl::Status Admit(int /*slot*/, const batching::ChainEntry& /*entry*/) override { return absl::OkStatus(); }
  absl::Status Step() override {
    rounds_.fetch_add(1, std::memory_order_relaxed);
    return absl::OkStatus();
  }
  bool IsFinite(int /*slot*/) const override { return true; }
  uint32_t TakeAccepted(int /*slot*/) override { return 0; }
  batching::ChainProgress Progress(int /*slot*/) const override { return {}; }
  View ViewOf(int /*slot*/) const override { return {}; }
  absl::Status Read(std::span<const int> /*slots*/, std::span<const std::span<float>> /*states*/,
                    std::span<float> /*log_density*/) override {
    return absl::OkStatus();
  }
  void Release(int /*slot*/) override {}

 private:
  std::atomic<int64_t>& rounds_;
};

class IdleRowEngine final : public batching::RowEngine {
 public:
  int max_rows() const override { return kSlots; }
  batching::RowShape shape() const override { return kShape; }
  absl::Status Evaluate(std::span<const float> /*rows*/, const batching::RowOutputs& /*out*/) override {
    return absl::OkStatus();
  }
};

class DroppingSink final : public batching::ResultSink {
 public:
  batching::OfferResult Offer(batching::Frame& /*frame*/) override { return batching::OfferResult::kTaken; }
  void Finish(batching::SampleSummary /*summary*/) override {}
};

batching::SampleTask TaskOf(uint32_t chains, uint32_t frame_interval) {
  batching::SampleTask task;
  task.settings = std::make_shared<NoSettings>();
  task.chains = chains;
  task.steps = kEndless;
  task.frame_interval = frame_interval;
  task.sink = std::make_shared<DroppingSink>();
  return task;
}

// A scheduler, and workers that run on threads of their own.
class IdleServer {
 public:
  explicit IdleServer(int threads) : pool_(threads, &clock_), rounds_(static_cast<size_t>(threads) * kApart) {
    std::vector<std::unique_ptr<batching::Worker>> workers;
    workers.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      auto chains = std::make_unique<IdleChainEngine>(&rounds_[static_cast<size_t>(i) * kApart]);
      workers.push_back(
          std::make_unique<batching::Worker>(&scheduler_, std::move(chains), std::make_unique<IdleRowEngine>()));
    }
    pool_.Add(&scheduler_, std::move(workers));
  }
  ~IdleServer() {
    scheduler_.Stop(absl::UnavailableError("done"));
    pool_.Remove(&scheduler_);
  }

  bool Submit(batching::SampleTask task) { return scheduler_.Submit(scheduler_.NewJobId(), std::move(task)).ok(); }

  // The rounds that all workers have run so far.
  int64_t CountRounds() const {
    int64_t sum = 0;
    for (const auto& count : rounds_) sum += count;
    return sum;
  }

 private:
  static constexpr size_t kApart = 8;  // counters per cache line

  const batching::SteadyClock clock_{};
  batching::BatchingObserver observer_;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  batching::WorkerPool pool_;
  std::vector<std::atomic<int64_t>> rounds_;
  batching::ChainScheduler scheduler_{kShape, {&clock_, pool_.wake_up(), &observer_, &memory_, &room_}};
};

// requests: their number; chains: of each, per worker.
void Rounds(benchmark::State& state, int requests, uint32_t chains, uint32_t frame_interval) {
  const auto threads = static_cast<int>(state.range(0));
  IdleServer server(threads);
  for (int i = 0; i < requests; ++i) {
    if (!server.Submit(TaskOf(chains * static_cast<uint32_t>(threads), frame_interval))) {
      return state.SkipWithError("refused");
    }
  }
  absl::SleepFor(absl::Milliseconds(50));
  double rounds = 0;
  double locks = 0;
  const absl::Time start = absl::Now();
  for (auto _ : state) {
    const int64_t rounds_before = server.CountRounds();
    const int64_t locks_before = CountLocks();
    absl::SleepFor(absl::Milliseconds(100));
    rounds += static_cast<double>(server.CountRounds() - rounds_before);
    locks += static_cast<double>(CountLocks() - locks_before);
  }
  state.counters["ns/round"] = absl::ToDoubleNanoseconds(absl::Now() - start) * threads / rounds;
  state.counters["locks/round"] = locks / rounds;
}
BENCHMARK_CAPTURE(Rounds, quiet, 1, kSlots, 0)->Arg(1)->Arg(2)->Iterations(5);
BENCHMARK_CAPTURE(Rounds, turns, 2, 4 * kSlots, 0)->Arg(1)->Arg(2)->Iterations(5);
BENCHMARK_CAPTURE(Rounds, frames, 1, kSlots, 1)->Arg(1)->Arg(2)->Iterations(5);

}  // namespace
}  // namespace ebm::bench
