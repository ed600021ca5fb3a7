// The step loop with real networks: steps on our own kernels do not allocate, and a chain gives the same bits under any
// load.

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "model/energy/energy_factory.h"
#include "model/networks/process_settings.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker.h"
#include "server/catalog/model_chain_settings.h"
#include "server/catalog/model_engines.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/random_resnet.h"
#include "tests/reference/small_boltzmann.h"
#include "tests/reference/small_rbm.h"
#include "tests/support/allocation_count.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_sink.h"

namespace ebm::catalog {
namespace {

constexpr int kDimension = 20;

enum class Kind { kMlpF32, kMlpBf16, kResnet, kMlpOnBase, kRbm, kBoltzmann };

std::unique_ptr<EnergyModel> MakeModel(Kind kind) {
  if (kind == Kind::kResnet) {
    const auto resnet = reference::RandomResnet(3, {{4, 5}, {8}, 1, 5});
    return *MakeEnergyModel(resnet.spec, resnet.tensors);
  }
  if (kind == Kind::kRbm) {
    std::vector<int> levels(kDimension, 2);
    levels[3] = 5;
    levels[11] = 17;
    const auto rbm = reference::SmallRbm(levels, 37, 5).Model();
    return *MakeEnergyModel(rbm.spec, rbm.tensors);
  }
  if (kind == Kind::kBoltzmann) {
    const auto machine = reference::SmallBoltzmann(kDimension, reference::Grid(4, 5)).Model();
    return *MakeEnergyModel(machine.spec, machine.tensors);
  }
  const auto mlp = reference::RandomMlp(3, {kDimension, {48, 33}, 5});
  if (kind == Kind::kMlpOnBase) {
    const auto on_base = reference::WithRandomBase(4, kClassGaussiansBase, 0.3F, mlp);
    return *MakeEnergyModel(on_base.spec, on_base.tensors);
  }
  return *MakeEnergyModel(mlp.spec, mlp.tensors, kind == Kind::kMlpBf16 ? Precision::kBf16 : Precision::kF32);
}

ChainSettings PlainSettings(uint64_t seed, uint32_t steps) {
  ChainSettings settings = {
      .seed = seed,
      .target_class = static_cast<int32_t>(seed % 6) - 1,
      .sampler = {.steps = steps, .kernel = Langevin{0.1F, 0.1F}, .clamp_lower = -1.0F, .clamp_upper = 1.0F}};
  if (seed % 3 == 0) settings.sampler.kernel = MetropolisLangevin{0.1F, 0.1F, /*adaptation_steps=*/steps / 2};
  return settings;
}

ChainSettings GibbsSettings(uint64_t seed, uint32_t steps) {
  const Gibbs kernel = {.temperature = seed % 3 == 0 ? 2.0F : 1.0F, .final_noise_free_step = seed % 5 == 0};
  return {
      .seed = seed, .target_class = static_cast<int32_t>(seed % 6) - 1, .sampler = {.steps = steps, .kernel = kernel}};
}

// For chains that anneal and carry weights, which requires a model that has a base density.
ChainSettings AnnealingSettings(uint64_t seed, uint32_t steps) {
  return {.seed = seed,
          .target_class = static_cast<int32_t>(seed / 3 % 6) - 1,
          .sampler = {.steps = steps, .kernel = AnnealedLangevin{0.1F}, .start = ChainStart::kBase}};
}

batching::SampleTask TaskOf(const ChainSettings& settings, uint32_t chains, uint32_t frame_interval) {
  batching::SampleTask task;
  task.settings = std::make_shared<ModelChainSettings>(settings);
  task.chains = chains;
  task.steps = settings.sampler.steps;
  task.frame_interval = frame_interval;
  task.weighted = IsWeighted(settings.sampler.kernel);
  const bool has_steps = task.steps >= 2 * batching::TraceWindow::kFewestSteps;
  if (settings.seed % 2 == 0 && has_steps && !task.weighted) task.traced_after = BurnInOf(settings.sampler.kernel);
  task.states.assign(chains * kDimension, std::holds_alternative<Gibbs>(settings.sampler.kernel) ? 1.0F : 0.1F);
  return task;
}

class StepLoopTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    PrepareProcess();
    model_ = MakeModel(GetParam());
  }

  // A scheduler, and workers whose rounds the test runs. Tasks have the states of their chains.
  struct Server {
    Server(const EnergyModel* model, int count)
        : scheduler(ShapeOf(*model), {&clock, &wake_up, &observer, &memory, &room}) {
      for (int i = 0; i < count; ++i) {
        workers.push_back(std::make_unique<batching::Worker>(
            &scheduler, std::make_unique<ModelChainEngine>(model, &starts), std::make_unique<ModelRowEngine>(model)));
      }
    }
    ~Server() {
      scheduler.Stop(absl::UnavailableError("the test is over"));
      for (const auto& worker : workers) worker->RunOnce();
    }

    std::shared_ptr<batching::FakeSink> Submit(batching::SampleTask task) {
      const auto sink = std::make_shared<batching::FakeSink>();
      task.sink = sink;
      EXPECT_EQ(scheduler.Submit(scheduler.NewJobId(), std::move(task)), absl::OkStatus());
      return sink;
    }
    void SubmitRows(size_t rows, bool wants_gradient_norm) {
      batching::RowTask task;
      task.rows.assign(rows * kDimension, HasLevels() ? 1.0F : 0.3F);
      task.wants_gradient_norm = wants_gradient_norm && !HasLevels();
      task.done = [](const absl::StatusOr<batching::RowResult>& result) { EXPECT_TRUE(result.ok()); };
      EXPECT_EQ(scheduler.SubmitRows(scheduler.NewJobId(), std::move(task)), absl::OkStatus());
    }

    const StartStates starts{"test", {}, {}, /*base=*/nullptr};
    batching::FakeClock clock;
    batching::WakeUp wake_up;
    batching::BatchingObserver observer;
    batching::MemoryBudget memory{uint64_t{1} << 30};
    batching::QueueRoom room;
    batching::ChainScheduler scheduler;
    std::vector<std::unique_ptr<batching::Worker>> workers;
  };

  static bool HasLevels() { return GetParam() == Kind::kRbm || GetParam() == Kind::kBoltzmann; }

  // A third of the requests anneal if the model has a base density.
  static batching::SampleTask MakeTask(uint64_t seed, uint32_t chains, uint32_t steps, uint32_t frame_interval) {
    if (HasLevels()) return TaskOf(GibbsSettings(seed, steps), chains, frame_interval);
    const bool anneals = GetParam() == Kind::kMlpOnBase && seed % 3 == 1;
    return TaskOf(anneals ? AnnealingSettings(seed, steps) : PlainSettings(seed, steps), chains, frame_interval);
  }

  // Final states by chain, each followed by the chain's log weight if it anneals.
  static std::vector<std::vector<double>> Samples(const batching::SampleTask& task, const batching::FakeSink& sink) {
    std::vector<std::vector<double>> samples(task.chains);
    for (const batching::Frame& frame : sink.frames()) {
      for (size_t i = 0; frame.final_states && i < frame.chains.size(); ++i) {
        const auto first = frame.states.begin() + static_cast<ptrdiff_t>(i * kDimension);
        samples[frame.chains[i]].assign(first, first + kDimension);
        if (!frame.log_weights.empty()) samples[frame.chains[i]].push_back(frame.log_weights[i]);
      }
    }
    return samples;
  }

  std::vector<std::vector<double>> Alone(const batching::SampleTask& task) const {
    Server server(model_.get(), 1);
    const auto sink = server.Submit(task);
    while (!server.scheduler.Idle()) server.workers[0]->RunOnce();
    return Samples(task, *sink);
  }

  std::unique_ptr<EnergyModel> model_;
};

std::string KindName(const testing::TestParamInfo<Kind>& info) {
  switch (info.param) {
    case Kind::kMlpF32:
      return "MlpF32";
    case Kind::kMlpBf16:
      return "MlpBf16";
    case Kind::kResnet:
      return "Resnet";
    case Kind::kMlpOnBase:
      return "MlpOnBase";
    case Kind::kRbm:
      return "Rbm";
    case Kind::kBoltzmann:
      return "Boltzmann";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Models, StepLoopTest,
                         testing::Values(Kind::kMlpF32, Kind::kMlpBf16, Kind::kResnet, Kind::kMlpOnBase, Kind::kRbm,
                                         Kind::kBoltzmann),
                         KindName);

TEST_P(StepLoopTest, StepsDoNotAllocate) {
  if (GetParam() == Kind::kResnet) GTEST_SKIP() << "LibTorch allocates its results";
  Server server(model_.get(), 1);
  server.Submit(MakeTask(1, 40, 100'000, 0));
  server.Submit(MakeTask(2, 3, 100'000, 0));
  server.workers[0]->RunOnce();
  const int64_t before = CountAllocations();
  ASSERT_GT(before, 0);
  for (int step = 0; step < 50; ++step) server.workers[0]->RunOnce();
  EXPECT_EQ(CountAllocations(), before);
}

// Random schedules: requests of all sizes arrive at random times, with rows between them, on one to three workers whose
// rounds are interleaved at random.
TEST_P(StepLoopTest, SameSeedSameBitsUnderAnyLoad) {
  const uint32_t schedules = GetParam() == Kind::kResnet ? 3 : 30;  // convolutions are slow
  for (uint32_t schedule = 0; schedule < schedules; ++schedule) {
    std::mt19937 draw(schedule);
    Server server(model_.get(), 1 + static_cast<int>(draw() % 3));
    std::vector<std::pair<batching::SampleTask, std::shared_ptr<batching::FakeSink>>> requests;
    for (int event = 0; event < 40 || !server.scheduler.Idle(); ++event) {
      if (event < 40 && draw() % 4 == 0) {
        const auto task = MakeTask(100 * schedule + event, 1 + draw() % 50, 1 + draw() % 80, draw() % 9);
        requests.emplace_back(task, server.Submit(task));
      }
      if (event < 40 && draw() % 4 == 0) server.SubmitRows(1 + draw() % 40, draw() % 2 == 0);
      server.workers[draw() % server.workers.size()]->RunOnce();
    }
    for (const auto& [task, sink] : requests) {
      ASSERT_EQ(Samples(task, *sink), Alone(task))
          << "schedule " << schedule << ", seed "
          << static_cast<const ModelChainSettings&>(*task.settings).first().seed;
    }
  }
}

}  // namespace
}  // namespace ebm::catalog
