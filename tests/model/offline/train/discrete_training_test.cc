// Training of Boltzmann machines: centred parameters, their gradient, and the likelihood that rises.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/energy/energy_factory.h"
#include "model/offline/data/scaling.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/base_fit.h"
#include "model/offline/train/missing_values.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/trainable_model.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_task.h"
#include "model/sampler/chain_start.h"
#include "tests/model/offline/train/finite_differences.h"
#include "tests/reference/rbm_enumeration.h"
#include "tests/reference/small_boltzmann.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::SmallRbm;
using reference::TestModel;

LabelledData RandomLevels(const EnergyModel& model, int64_t rows, int64_t classes, uint64_t seed) {
  LabelledData data{MatrixBuffer(rows, model.dimension()), {}};
  FillUniformLevels(seed, 0, model.block_conditionals()->levels(), data.rows.view());
  for (int64_t row = 0; row < rows; ++row) data.labels.push_back(static_cast<int32_t>(row % classes));
  return data;
}

TEST(CentredModelTest, HasTheWeightsThatItWasMadeWith) {
  const TestModel made = SmallRbm({2, 3, 2, 4}, 6, 3).Model();
  const auto model = *TrainableModel::Create(made.spec, made.tensors);
  const std::vector<NamedTensor> network(made.tensors.begin(), made.tensors.end() - 1);
  EXPECT_EQ(model->ToTensors(), network);
  model->Change([](size_t /*parameter*/, std::span<float> trained) { trained[0] += 1; });
  EXPECT_NE(model->ToTensors(), network);
  model->Load(network);
  EXPECT_EQ(model->ToTensors(), network);
}

// Changing one centred weight changes the weight and the biases that follow from it; the loss of the model's energy
// must change as the gradient says.
TEST(CentredModelTest, GradientMatchesFiniteDifferencesOfTheLoss) {
  const TestModel made = SmallRbm({2, 3, 2, 4}, 6, 3).Model();
  const auto model = *TrainableModel::Create(made.spec, made.tensors);
  const LabelledData rows = RandomLevels(model->energy(), 40, 3, 1);
  const LabelledData chains = RandomLevels(model->energy(), 40, 3, 2);
  RowWorkers workers(2);
  model->ComputeGradient({rows.rows.view(), rows.labels, chains.rows.view()}, {.density = 0.7}, workers);
  const auto loss = [&] {
    const Evaluation data = Evaluate(model->energy(), rows.rows.view(), rows.labels);
    return data.cross_entropy + 0.7 * (MeanLogDensity(model->energy(), chains.rows.view()) - data.mean_log_density());
  };
  ExpectGradientOf(loss, 1e-3, *model);
}

double LogDensityOfRow(const EnergyModel& model, const std::vector<float>& x) {
  float log_density = 0;
  model.LogDensity({x.data(), 1, std::ssize(x)}, {&log_density, 1});
  return log_density;
}

// The mean over rows, by their definitions (objective.h).
double LossOfFlips(Objective objective, const EnergyModel& model, ConstMatrix rows) {
  double sum = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    std::vector<float> x(rows.row(row).begin(), rows.row(row).end());
    const double before = LogDensityOfRow(model, x);
    for (float& coordinate : x) {
      coordinate = 1 - coordinate;
      const double change = LogDensityOfRow(model, x) - before;
      coordinate = 1 - coordinate;
      sum += objective == Objective::kProbabilityFlow ? std::exp(change / 2) : std::log1p(std::exp(change));
    }
  }
  return sum / static_cast<double>(rows.rows());
}

class FlipObjectiveTest : public ::testing::TestWithParam<Objective> {
 protected:
  static void ExpectGradient(const TestModel& made) {
    const auto model = *TrainableModel::Create(made.spec, made.tensors, GetParam());
    const LabelledData rows = RandomLevels(model->energy(), 40, 1, 1);
    RowWorkers workers(2);
    model->ComputeGradient({.rows = rows.rows.view(), .labels = rows.labels, .chain_states = {}},
                           {.objective = GetParam()}, workers);
    const auto loss = [&] { return LossOfFlips(GetParam(), model->energy(), rows.rows.view()); };
    ExpectGradientOf(loss, 2e-3, *model);
  }
};

TEST_P(FlipObjectiveTest, GradientMatchesFiniteDifferencesOfTheLoss) {
  ExpectGradient(reference::SmallBoltzmann(5, reference::CompleteGraph(5)).Model());
  ExpectGradient(reference::SmallBoltzmann(6, reference::Grid(2, 3)).Model());
  ExpectGradient(SmallRbm({2, 2, 2, 2}, 3, 1).Model());
}

INSTANTIATE_TEST_SUITE_P(Objectives, FlipObjectiveTest,
                         ::testing::Values(Objective::kPseudoLikelihood, Objective::kProbabilityFlow),
                         [](const auto& info) { return std::string(NameOf(info.param)); });

TEST(FlipObjectiveErrorsTest, IsRefusedForModelsThatDoNotHaveIt) {
  const TestModel made = SmallRbm({2, 3}, 2, 1).Model();
  const absl::Status status = TrainableModel::Create(made.spec, made.tensors, Objective::kPseudoLikelihood).status();
  EXPECT_EQ(status.message(), "objective is pseudo_likelihood: coordinate 1 has 3 levels; two are needed");
}

// Rows of two kinds, each coordinate wrong with a probability of a tenth.
TrainingData TwoPatterns() {
  TrainingData data;
  data.input_shape = {6};
  data.class_labels = {"even", "odd"};
  data.columns = {{.range = {0, 1}, .step = 1}};
  const auto rows = [](int64_t count, uint64_t seed) {
    LabelledData made{MatrixBuffer(count, 6), {}};
    for (int64_t row = 0; row < count; ++row) {
      std::vector<float> uniform(6);
      FillUniform({.seed = seed, .chain = static_cast<uint32_t>(row)}, uniform);
      const auto label = static_cast<int32_t>(row % 2);
      for (int64_t i = 0; i < 6; ++i) {
        const bool is_set = (i % 2 == label) != (uniform[i] < 0.1F);
        made.rows.row(row)[i] = is_set ? 1 : 0;
      }
      made.labels.push_back(label);
    }
    return made;
  };
  data.train = rows(200, 1);
  data.validation = rows(50, 2);
  EXPECT_TRUE(ScaleColumns(ScalingKind::kLevels, data.train, data.validation, data.columns).ok());
  return data;
}

// ln Z by enumeration of all rows.
double LogZ(const EnergyModel& model) {
  std::vector<double> terms;
  terms.reserve(64);
  for (int bits = 0; bits < 64; ++bits) {
    std::vector<float> x(6);
    for (int i = 0; i < 6; ++i) x[i] = static_cast<float>(bits >> i & 1);
    float log_density = 0;
    model.LogDensity({x.data(), 1, 6}, {&log_density, 1});
    terms.push_back(log_density);
  }
  return reference::LogSumExpOf(terms);
}

Recipe RecipeForPatterns() {
  Recipe recipe = *FindRecipe("class_rbm");
  recipe.hidden_widths = {4};
  recipe.max_epochs = 60;
  recipe.learning_rate = 0.03;  // the recipe's is for more, and larger, batches
  return recipe;
}

// ln P of the validation rows, mean, after so many epochs.
double LikelihoodAfter(int epochs, const TrainingData& data, const Recipe& recipe = RecipeForPatterns()) {
  EXPECT_EQ(recipe.Validate(), absl::OkStatus());
  TrainingData completed;
  TrainingTask task = *MakeTask(recipe, 5, data, completed);
  TrainingState state = InitialState(task.spec, recipe, 5, task.base);
  const auto trainer = *Trainer::Create(std::move(task), std::move(state), {.threads = 2});
  QuietObserver observer([] { return false; });
  for (int epoch = 0; epoch < epochs; ++epoch) EXPECT_TRUE(trainer->RunEpoch(observer).ok());
  const auto model = *MakeEnergyModel(trainer->task().spec, trainer->WithBase(trainer->state().parameters));
  return MeanLogDensity(*model, data.validation.rows.view()) - LogZ(*model);
}

TEST(DiscreteTrainingTest, LikelihoodOfHeldOutRowsNearsTheirEntropy) {
  const TrainingData data = TwoPatterns();
  // The entropy of a row is ln 2 + 6 (0.1 ln 10 + 0.9 ln(10/9)) = 2.64, less what two kinds share; 6 ln 2 = 4.16.
  EXPECT_NEAR(LikelihoodAfter(0, data), -6 * std::log(2), 0.1);
  EXPECT_GT(LikelihoodAfter(60, data), -2.95);
}

TEST(DiscreteTrainingTest, EveryObjectiveLearnsThePatterns) {
  TrainingData data = TwoPatterns();
  IgnoreLabels(data);
  for (const char* name : {"boltzmann", "rbm"}) {
    for (const char* objective : {"pcd", "cd", "pseudo_likelihood", "probability_flow"}) {
      Recipe recipe = *FindRecipe(name);
      if (!recipe.hidden_widths.empty()) recipe.hidden_widths = {4};
      recipe.max_epochs = 60;
      recipe.learning_rate = 0.03;
      ASSERT_EQ(UseObjective(*FindObjective(objective), recipe), absl::OkStatus());
      EXPECT_GT(LikelihoodAfter(60, data, recipe), -2.95) << name << " by " << objective;
    }
  }
}

TEST(DiscreteTrainingTest, ObjectivesOfLevelsAreRefusedForOtherRecipes) {
  Recipe recipe = *FindRecipe("density");
  EXPECT_EQ(UseObjective(Objective::kPersistentChains, recipe), absl::OkStatus());
  EXPECT_EQ(UseObjective(Objective::kDataChains, recipe).message(),
            "objective is cd; recipe density supports only pcd");
  EXPECT_EQ(FindObjective("best").status().message(),
            "objective is \"best\"; the known ones are: pcd, cd, pseudo_likelihood, probability_flow");
}

// Coordinates 1 and 2 are missing, and are drawn 4,000 times. A share is further from its probability
// than 6 standard errors in less than one of 1e8 cases; five sweeps have come within 1e-3 of the law.
TEST(DiscreteTrainingTest, GapsAreDrawnFromTheModelGivenTheKnownLevelsAndTheClass) {
  const SmallRbm rbm({2, 2, 2, 2}, 3, 3);
  const TestModel made = rbm.Model();
  const auto model = *MakeEnergyModel(made.spec, made.tensors);
  constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
  const LabelledData data = {.rows = MatrixBuffer({1, kGap, kGap, 0}, 1, 4), .labels = {2}};
  const RowGaps gaps(&data);
  double both = 0;
  double first = 0;
  double total = 0;
  reference::ForEachState(rbm, [&](const std::vector<int>& x) {
    if (x[0] != 1 || x[3] != 0) return;
    const double p = std::exp(rbm.LogDensity(x, 2));
    total += p;
    first += x[1] * p;
    both += x[1] * x[2] * p;
  });
  constexpr uint32_t kDraws = 4000;
  double drawn_first = 0;
  double drawn_both = 0;
  for (uint32_t epoch = 0; epoch < kDraws; ++epoch) {
    std::vector<float> x = {1, kGap, kGap, 0};
    gaps.Fill(*model, {.seed = 3, .row = 0, .epoch = epoch}, x);
    EXPECT_EQ(x[0], 1);
    EXPECT_EQ(x[3], 0);
    drawn_first += x[1] / kDraws;
    drawn_both += x[1] * x[2] / kDraws;
  }
  constexpr double kMost = 6 * 0.5 / 63.2 + 1e-3;  // 6 sqrt(1/4 / 4000)
  EXPECT_NEAR(drawn_first, first / total, kMost);
  EXPECT_NEAR(drawn_both, both / total, kMost);
}

TEST(DiscreteTrainingTest, ARunOnRowsWithGapsLearnsThePatterns) {
  TrainingData data = TwoPatterns();
  for (int64_t row = 0; row < data.train.rows.rows(); ++row) {
    data.train.rows.row(row)[row % 6] = std::numeric_limits<float>::quiet_NaN();
  }
  EXPECT_GT(LikelihoodAfter(60, data), -2.95);
}

// What is trained are centred parameters; a state has the plain ones.
TEST(DiscreteTrainingTest, AResumedRunHasTheBitsOfOneThatWasNotStopped) {
  const TrainingData data = TwoPatterns();
  Recipe recipe = *FindRecipe("class_rbm");
  recipe.hidden_widths = {4};
  recipe.max_epochs = 3;
  QuietObserver observer([] { return false; });
  const auto run = [&](TrainingState state, int epochs) {
    TrainingData completed;
    TrainingTask task = *MakeTask(recipe, 5, data, completed);
    if (state.parameters.empty()) state = InitialState(task.spec, recipe, 5, task.base);
    const auto trainer = *Trainer::Create(std::move(task), std::move(state), {.threads = 1});
    for (int epoch = 0; epoch < epochs; ++epoch) EXPECT_TRUE(trainer->RunEpoch(observer).ok());
    return trainer->state();
  };
  const TrainingState straight = run({}, 3);
  const TrainingState resumed = run(run({}, 1), 2);
  EXPECT_EQ(straight.parameters, resumed.parameters);
  EXPECT_EQ(straight.buffer.states.values(), resumed.buffer.states.values());
}

TEST(DiscreteTrainingTest, AColumnWithOneValueHasTwoLevels) {
  LabelledData rows{MatrixBuffer({3, 7, 3, 9, 3, 5}, 3, 2), {0, 0, 0}};
  std::vector<DataColumn> columns = {{.kind = ColumnKind::kWholeNumber, .range = {2.5F, 3.5F}, .step = 1},
                                     {.kind = ColumnKind::kWholeNumber, .range = {5, 9}, .step = 1}};
  ASSERT_TRUE(ScaleColumns(ScalingKind::kLevels, rows, rows, columns).ok());
  EXPECT_EQ(columns[0].levels(), 2);
  EXPECT_EQ(LevelOf(columns[0], 3), 0);
  EXPECT_EQ(columns[1].levels(), 5);
}

TEST(DiscreteTrainingTest, BaseHasTheSharesOfTheLevels) {
  const TrainingData data = TwoPatterns();
  const ModelSpec spec = SpecOf(*FindRecipe("class_rbm"), data);
  const BaseFit fit = *FitBase(spec, data.train, data.validation, 1);
  ASSERT_EQ(fit.tensors.size(), 1U);
  double ones = 0;
  for (int64_t row = 0; row < 200; ++row) ones += data.train.rows.row(row)[3];
  EXPECT_NEAR(fit.tensors[0].values[3], std::log((ones + 0.5) / (200 - ones + 0.5)), 1e-5);
}

TEST(DiscreteTrainingTest, BaseHasTheSharesOfTheKnownLevels) {
  TrainingData data = TwoPatterns();
  int64_t known = 0;
  double ones = 0;
  for (int64_t row = 0; row < 200; ++row) {
    float& level = data.train.rows.row(row)[3];
    if (level == 1 && row < 100) level = std::numeric_limits<float>::quiet_NaN();
    known += std::isnan(level) ? 0 : 1;
    ones += std::isnan(level) ? 0 : level;
  }
  const ModelSpec spec = SpecOf(*FindRecipe("class_rbm"), data);
  const BaseFit fit = *FitBaseWithGaps(spec, data, 1);
  EXPECT_NEAR(fit.tensors[0].values[3], std::log((ones + 0.5) / (static_cast<double>(known) - ones + 0.5)), 1e-5);
  EXPECT_TRUE(std::isfinite(fit.validation_log_density));
}

}  // namespace
}  // namespace ebm
