// A scheduler with a fake clock, and workers whose rounds the test runs itself.

#ifndef EBM_TESTS_SERVER_BATCHING_BATCHING_FIXTURE_H_
#define EBM_TESTS_SERVER_BATCHING_BATCHING_FIXTURE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker.h"
#include "tests/support/counting_observer.h"
#include "tests/support/fake_chain_engine.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_row_engine.h"
#include "tests/support/fake_sink.h"

namespace ebm::batching {

inline constexpr int kDimension = 3;
inline constexpr int kClasses = 2;
inline constexpr int kHiddenUnits = 3;
inline constexpr RowShape kShape = {.dimension = kDimension, .num_classes = kClasses, .hidden_units = kHiddenUnits};

// A request whose start states are a function of its seed.
inline SampleTask MakeSampleTask(uint64_t seed, uint32_t chains, uint32_t steps, uint32_t frame_interval = 0) {
  SampleTask task;
  const auto settings = std::make_shared<FakeSettings>();
  settings->seed = seed;
  settings->step_size = 0.5F;
  task.settings = settings;
  task.chains = chains;
  task.steps = steps;
  task.frame_interval = frame_interval;
  for (uint32_t chain = 0; chain < chains; ++chain) {
    const std::vector<float> start = FakeStart(seed, chain, kDimension);
    task.states.insert(task.states.end(), start.begin(), start.end());
  }
  return task;
}

// The steps of the frames that the sink got, by chain and in the order of arrival. Checks every number against the
// oracle, and that final_states is set on the last frames only.
inline std::map<uint32_t, std::vector<uint32_t>> CheckedSteps(const SampleTask& task, const FakeSink& sink) {
  std::map<uint32_t, std::vector<uint32_t>> steps;
  for (const Frame& frame : sink.frames()) {
    EXPECT_EQ(frame.final_states, frame.step == task.steps);
    EXPECT_EQ(frame.states.size(), frame.chains.size() * kDimension);
    EXPECT_EQ(frame.log_density.size(), frame.chains.size());
    for (size_t i = 0; i < frame.chains.size(); ++i) {
      const auto first = frame.states.begin() + static_cast<ptrdiff_t>(i * kDimension);
      const std::vector<float> state(first, first + kDimension);
      EXPECT_EQ(state, FakeChainAfter(task, frame.chains[i], frame.step))
          << "chain " << frame.chains[i] << " at step " << frame.step;
      EXPECT_EQ(frame.log_density[i], FakeLogDensity(state));
      steps[frame.chains[i]].push_back(frame.step);
    }
  }
  return steps;
}

// The result of CheckedSteps for a request that ran to its end.
inline std::map<uint32_t, std::vector<uint32_t>> AllSteps(const SampleTask& task) {
  std::vector<uint32_t> due;
  for (uint32_t step = task.first_step + 1; step <= task.steps; ++step) {
    if (step == task.steps || (task.frame_interval > 0 && step % task.frame_interval == 0)) due.push_back(step);
  }
  std::map<uint32_t, std::vector<uint32_t>> steps;
  for (uint32_t chain = 0; chain < task.chains; ++chain) steps[chain] = due;
  return steps;
}

class BatchingTest : public ::testing::Test {
 protected:
  explicit BatchingTest(const QueueLimits& limits = {}, uint64_t memory_limit = uint64_t{1} << 30)
      : memory_(memory_limit), room_(limits), scheduler_(kShape, shared_) {}

  // Releases every chain, as workers must before they are destroyed.
  void TearDown() override {
    scheduler_.Stop(absl::UnavailableError("the test is over"));
    Crank(1);
  }

  void AddWorker(int slots, int max_rows = 4, FakeChainEngine::Diverging diverging = {}) {
    auto chains = std::make_unique<FakeChainEngine>(slots, kDimension, std::move(diverging));
    auto rows = std::make_unique<FakeRowEngine>(max_rows, kShape);
    chain_engines_.push_back(chains.get());
    row_engines_.push_back(rows.get());
    workers_.push_back(std::make_unique<Worker>(&scheduler_, std::move(chains), std::move(rows)));
  }

  // Runs `rounds` rounds of every worker.
  void Crank(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (const auto& worker : workers_) worker->RunOnce();
    }
  }

  // Runs rounds until the scheduler is idle and returns their number. Fails the test after `most` rounds.
  int CrankUntilIdle(int most = 1000) {
    int rounds = 0;
    for (; !scheduler_.Idle() && rounds < most; ++rounds) Crank(1);
    EXPECT_TRUE(scheduler_.Idle()) << "not idle after " << most << " rounds";
    return rounds;
  }

  JobId Submit(const SampleTask& task, std::shared_ptr<FakeSink> sink,
               SteadyTime deadline = SteadyTime::InfiniteFuture()) {
    SampleTask submitted = task;
    submitted.sink = std::move(sink);
    submitted.deadline = deadline;
    const JobId id = scheduler_.NewJobId();
    EXPECT_EQ(scheduler_.Submit(id, std::move(submitted)), absl::OkStatus());
    return id;
  }

  static std::shared_ptr<FakeSink> NewSink(int room = FakeSink::kEndless) { return std::make_shared<FakeSink>(room); }

  FakeClock clock_;
  WakeUp wake_up_;
  CountingObserver observer_;
  MemoryBudget memory_;
  QueueRoom room_;
  const SharedParts shared_ = {&clock_, &wake_up_, &observer_, &memory_, &room_};
  ChainScheduler scheduler_;
  std::vector<FakeChainEngine*> chain_engines_;
  std::vector<FakeRowEngine*> row_engines_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SERVER_BATCHING_BATCHING_FIXTURE_H_
