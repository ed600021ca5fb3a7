#include "model/offline/train/trainer.h"

#include <ATen/record_function.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/energy/energy_factory.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/base_fit.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/support/rendezvous.h"

namespace ebm {
namespace {

using testing::TinyData;
using testing::TinyRecipe;
using testing::TinySpec;

class RecordingObserver : public EpochObserver {
 public:
  bool StopRequested() override {
    return batches_until_stop == 0 || (batches_until_stop > 0 && --batches_until_stop == 0);
  }
  void RolledBack(int64_t /*epoch*/, double new_learning_rate, const std::string& /*why*/) override {
    learning_rates.push_back(new_learning_rate);
  }

  int batches_until_stop = -1;  // never
  std::vector<double> learning_rates;
};

// Lets the threads that compute a loss meet at the rendezvous.
class LossObserver {
 public:
  explicit LossObserver(testing::Rendezvous* rendezvous) {
    meeting = rendezvous;
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(Meet).scopes({at::RecordScope::FUNCTION}));
  }
  ~LossObserver() { at::removeCallback(handle_); }

 private:
  static std::unique_ptr<at::ObserverContext> Meet(const at::RecordFunction& function) {
    if (std::string(function.name()) == "aten::cross_entropy_loss") meeting->Arrive();
    return nullptr;
  }

  inline static testing::Rendezvous* meeting = nullptr;  // LibTorch's callbacks have no state of their own
  at::CallbackHandle handle_;
};

class TrainerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Trainer> NewTrainer(const Recipe& recipe) {
    return *Trainer::Create({TinySpec(), recipe, &data_}, InitialState(TinySpec(), recipe, kSeed), {.threads = 2});
  }

  // The difference between the training rows' mean ln p~ and that of a row with its high corner where no row has one:
  // the first cluster rotated by half a turn.
  double TurnedRowStandsOutBy(const Recipe& recipe) {
    const auto trainer = NewTrainer(recipe);
    for (int epoch = 0; epoch < 300; ++epoch) EXPECT_TRUE(trainer->RunEpoch(observer_).ok());
    const auto model = *MakeEnergyModel(TinySpec(), trainer->state().parameters);
    const MatrixBuffer turned({-0.3F, -0.3F, -0.3F, 0.6F}, 1, 4);
    return MeanLogDensity(*model, data_.train.rows.view()) - MeanLogDensity(*model, turned.view());
  }

  static constexpr uint64_t kSeed = 7;
  const TrainingData data_ = TinyData();
  RecordingObserver observer_;
};

TEST_F(TrainerTest, LearnsTheClusters) {
  const auto trainer = NewTrainer(TinyRecipe());
  const double first = trainer->RunEpoch(observer_)->train_cross_entropy;
  double last = first;
  for (int epoch = 1; epoch < 30; ++epoch) last = trainer->RunEpoch(observer_)->train_cross_entropy;
  EXPECT_LT(last, first / 2);
}

TEST_F(TrainerTest, MadeRowsOfTheContrastBecomeUnlikely) {
  Recipe plain = TinyRecipe();
  plain.density_of_plain_rows = true;
  Recipe mirroring = plain;
  mirroring.mirrored_share = 0.5;
  Recipe warping = plain;
  warping.warped_share = 0.5;
  warping.warp = {.rotation = 3.14F};
  const double before = TurnedRowStandsOutBy(plain);
  EXPECT_GT(TurnedRowStandsOutBy(mirroring), before + 0.5);
  EXPECT_GT(TurnedRowStandsOutBy(warping), before + 0.5);
}

TEST_F(TrainerTest, ChangedDensityRowsCountAsData) {
  Recipe recipe = TinyRecipe();
  recipe.density_of_plain_rows = true;
  const double before = TurnedRowStandsOutBy(recipe);
  recipe.density_jitter = {.rotation = 3.14F};
  EXPECT_LT(TurnedRowStandsOutBy(recipe), before - 0.5);
}

// Changed rows are shifted out of the picture. If all rows were changed, training rows would be as unlikely as any
// other.
TEST_F(TrainerTest, HalfOfTheDensityRowsStayAsTheyAre) {
  Recipe recipe = TinyRecipe();
  recipe.density_of_plain_rows = true;
  recipe.density_jitter = {.shift = 1e6F};
  EXPECT_GT(TurnedRowStandsOutBy(recipe), 0.5);
}

// A network of zeros adds the same to every row: the base's own variation must not appear in L_gen.
TEST_F(TrainerTest, TheGenerativeLossOfAModelOnABaseIsTheNetworks) {
  ModelSpec spec = TinySpec();
  spec.base = kClassGaussiansBase;
  Recipe recipe = TinyRecipe();
  recipe.base = spec.base;
  recipe.chains = {.sampler = {.steps = 0, .start = ChainStart::kBase}};
  TrainingState state = InitialState(spec, recipe, kSeed);
  for (NamedTensor& tensor : state.parameters) std::ranges::fill(tensor.values, 0.0F);
  const std::vector<NamedTensor> network = state.parameters;
  const BaseFit fit = *FitBase(spec, data_.train, data_.validation, 1);
  const auto trainer = *Trainer::Create({spec, recipe, &data_, fit.tensors}, std::move(state), {.threads = 1});
  const auto model = *MakeEnergyModel(spec, trainer->WithBase(network));
  const ConstMatrix rows = data_.validation.rows.view();
  const Evaluation evaluation = Evaluate(*model, rows, data_.validation.labels);
  EXPECT_NEAR(*trainer->Generative(*model, rows, evaluation, 5), 0, 1e-5);
}

TEST_F(TrainerTest, ABatchKeepsAllThreadsBusy) {
  constexpr int kThreads = 4;
  Recipe recipe = TinyRecipe();
  recipe.batch_size = 64;
  TrainingData data = data_;
  data.train = testing::TinyRows(64, 1);
  const auto trainer =
      *Trainer::Create({TinySpec(), recipe, &data}, InitialState(TinySpec(), recipe, kSeed), {.threads = kThreads});
  testing::Rendezvous rendezvous(kThreads);
  const LossObserver loss_observer(&rendezvous);
  ASSERT_TRUE(trainer->RunEpoch(observer_).ok());
  EXPECT_EQ(rendezvous.threads(), size_t{kThreads});
}

TEST_F(TrainerTest, WeightsDoNotDependOnTheNumberOfThreads) {
  Recipe recipe = TinyRecipe();
  recipe.batch_size = 64;
  TrainingData data = data_;
  data.train = testing::TinyRows(100, 1);
  const auto state_on = [&](int threads) {
    const auto trainer =
        *Trainer::Create({TinySpec(), recipe, &data}, InitialState(TinySpec(), recipe, kSeed), {.threads = threads});
    for (int epoch = 0; epoch < 3; ++epoch) EXPECT_TRUE(trainer->RunEpoch(observer_).ok());
    return trainer->state();
  };
  const TrainingState alone = state_on(1);
  for (const int threads : {2, 3, 4}) {
    const TrainingState shared = state_on(threads);
    EXPECT_EQ(shared.parameters, alone.parameters) << threads << " threads";
    EXPECT_EQ(shared.buffer.states.values(), alone.buffer.states.values()) << threads << " threads";
  }
}

TEST_F(TrainerTest, SameSeedSameWeights) {
  const auto one = NewTrainer(TinyRecipe());
  const auto two = NewTrainer(TinyRecipe());
  for (int epoch = 0; epoch < 2; ++epoch) {
    ASSERT_TRUE(one->RunEpoch(observer_).ok());
    ASSERT_TRUE(two->RunEpoch(observer_).ok());
  }
  EXPECT_EQ(one->state().parameters, two->state().parameters);
}

TEST_F(TrainerTest, StoppedEpochLeavesTheStateOfItsBeginning) {
  const auto stopped = NewTrainer(TinyRecipe());
  ASSERT_TRUE(stopped->RunEpoch(observer_).ok());
  observer_.batches_until_stop = 2;
  EXPECT_EQ(stopped->RunEpoch(observer_).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(stopped->state().epochs_done, 1);
  observer_.batches_until_stop = -1;
  ASSERT_TRUE(stopped->RunEpoch(observer_).ok());

  const auto straight = NewTrainer(TinyRecipe());
  ASSERT_TRUE(straight->RunEpoch(observer_).ok());
  ASSERT_TRUE(straight->RunEpoch(observer_).ok());
  EXPECT_EQ(stopped->state().parameters, straight->state().parameters);
  EXPECT_EQ(stopped->state().average, straight->state().average);
  EXPECT_EQ(stopped->state().buffer.states.values(), straight->state().buffer.states.values());
}

// The average is no model of the spec, as if there were no memory for it.
TEST_F(TrainerTest, AModelThatCannotBeJudgedIsAnErrorAndTheStateIsThatOfTheBeginning) {
  TrainingState state = InitialState(TinySpec(), TinyRecipe(), kSeed);
  state.average.back().name = "another";
  const auto trainer = *Trainer::Create({TinySpec(), TinyRecipe(), &data_}, state, {.threads = 1});
  const absl::Status status = trainer->RunEpoch(observer_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(trainer->state().parameters, state.parameters);
  EXPECT_EQ(trainer->state().batches_done, 0);
}

TEST_F(TrainerTest, DivergedEpochIsRunAgainWithHalfTheLearningRate) {
  Recipe recipe = TinyRecipe();
  recipe.warmup_batches = 0;
  recipe.learning_rate = 1.0;  // far too much for this network
  recipe.divergence_gap = 5;
  recipe.max_rollbacks = 20;
  const auto trainer = NewTrainer(recipe);
  const absl::StatusOr<EpochMetrics> metrics = trainer->RunEpoch(observer_);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  ASSERT_FALSE(observer_.learning_rates.empty());
  for (size_t i = 0; i < observer_.learning_rates.size(); ++i) {
    EXPECT_DOUBLE_EQ(observer_.learning_rates[i], std::pow(0.5, static_cast<double>(i + 1)));
  }
  EXPECT_EQ(trainer->state().rollbacks, static_cast<int>(observer_.learning_rates.size()));
  EXPECT_TRUE(std::isfinite(metrics->validation_loss));
}

TEST_F(TrainerTest, GivesUpAfterTheAllowedRollbacksAndKeepsTheBeginning) {
  Recipe recipe = TinyRecipe();
  recipe.divergence_gap = 0;  // every batch is a divergence
  recipe.max_rollbacks = 3;
  const auto trainer = NewTrainer(recipe);
  const TrainingState before = trainer->state();
  EXPECT_EQ(trainer->RunEpoch(observer_).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(observer_.learning_rates.size(), 3U);
  EXPECT_EQ(trainer->state().parameters, before.parameters);
}

TEST_F(TrainerTest, WarmUpRaisesTheLearningRateLinearly) {
  Recipe recipe = TinyRecipe();  // 4 batches per epoch
  recipe.warmup_batches = 8;
  const auto trainer = NewTrainer(recipe);
  EXPECT_DOUBLE_EQ(trainer->RunEpoch(observer_)->learning_rate, recipe.learning_rate * 5 / 8);
  EXPECT_DOUBLE_EQ(trainer->RunEpoch(observer_)->learning_rate, recipe.learning_rate);
}

TEST_F(TrainerTest, KeepsTheAverageOfTheBestValidationEpoch) {
  const auto trainer = NewTrainer(TinyRecipe());
  double best = INFINITY;
  for (int epoch = 0; epoch < 8; ++epoch) {
    const EpochMetrics metrics = *trainer->RunEpoch(observer_);
    EXPECT_EQ(metrics.best, metrics.validation_loss < best);
    if (!metrics.best) continue;
    best = metrics.validation_loss;
    EXPECT_EQ(trainer->state().best, trainer->state().average);
    EXPECT_EQ(trainer->state().best_epoch, epoch);
  }
  EXPECT_EQ(trainer->state().best_loss, best);
}

}  // namespace
}  // namespace ebm
