// Training of restricted Boltzmann machines on real coordinates: centred parameters, their gradient, where they start,
// and the likelihood that rises.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/offline/data/scaling.h"
#include "model/offline/partition/exact_log_z.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/base_moments.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/trainable_model.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_task.h"
#include "model/spec/parameter_layout.h"
#include "tests/model/offline/train/finite_differences.h"
#include "tests/reference/small_gaussian_rbm.h"

namespace ebm {
namespace {

using reference::SmallGaussianRbm;
using reference::TestModel;

LabelledData NormalRows(int64_t rows, int64_t dimension, int64_t classes, uint64_t seed) {
  LabelledData data{MatrixBuffer(rows, dimension), {}};
  FillNormal({.seed = seed}, data.rows.view().values());
  for (int64_t row = 0; row < rows; ++row) data.labels.push_back(static_cast<int32_t>(row % classes));
  return data;
}

// A Gaussian base of two components.
std::vector<NamedTensor> TwoGaussians() {
  return {{.name = kBaseLogWeights, .shape = {2}, .values = {std::log(0.25F), std::log(0.75F)}},
          {.name = kBaseMeans, .shape = {2, 2}, .values = {1, -2, 3, 0.5F}},
          {.name = kBaseWhitening, .shape = {2, 2, 2}, .values = {2, 0, 1, 0.5F, 1, 0, -1, 4}}};
}

// The whitening matrices [[2, 0], [1, 1/2]] and [[1, 0], [-1, 4]] have the inverses [[1/2, 0], [-1, 2]] and [[1, 0],
// [1/4, 1/4]], so that the variances are 1/4 and 5, and 1 and 1/8.
TEST(BaseMomentsTest, AreThoseOfTheMixture) {
  const BaseMoments moments = MomentsOfBase(TwoGaussians());
  ASSERT_EQ(moments.means.size(), 2);
  EXPECT_NEAR(moments.means[0], 2.5, 1e-6);
  EXPECT_NEAR(moments.means[1], -0.125, 1e-6);
  EXPECT_NEAR(moments.variances[0], 0.25 * (0.25 + 1) + 0.75 * (1 + 9) - 2.5 * 2.5, 1e-6);
  EXPECT_NEAR(moments.variances[1], 0.25 * (5 + 4) + 0.75 * (0.125 + 0.25) - 0.125 * 0.125, 1e-6);
  EXPECT_TRUE(MomentsOfBase({}).means.empty());
}

TEST(InitialParametersTest, OfRealCoordinatesHaveTheMomentsOfTheBase) {
  const ModelSpec spec = {.input_shape = {2},
                          .network = GaussianRbmSpec{.hidden_units = 3},
                          .class_labels = {"all"},
                          .base = kClassGaussiansBase};
  const std::vector<NamedTensor> base = TwoGaussians();
  const BaseMoments moments = MomentsOfBase(base);
  const std::vector<NamedTensor> fresh = InitialParameters(spec, 4, base);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(fresh[2].values[i], std::log(moments.variances[i]), 1e-5);
    double mean = fresh[1].values[i];  // of x with every hidden unit at 1/2
    for (size_t j = 0; j < 3; ++j) {
      const float w = fresh[0].values[3 * i + j];
      EXPECT_NE(w, 0);
      EXPECT_LT(std::abs(w), 0.02 * std::sqrt(moments.variances[i])) << "weights count deviations";
      mean += w / 2;
    }
    EXPECT_NEAR(mean, moments.means[i], 1e-5);
  }
  for (size_t j = 0; j < 3; ++j) {
    double field = fresh[3].values[j];  // at the mean
    for (size_t i = 0; i < 2; ++i) field += fresh[0].values[3 * i + j] * moments.means[i] / moments.variances[i];
    EXPECT_NEAR(field, 0, 1e-5);
  }
}

TEST(CentredRealModelTest, HasTheWeightsThatItWasMadeWith) {
  const TestModel made = SmallGaussianRbm(4, 3, 3).Model();
  const auto model = *TrainableModel::Create(made.spec, made.tensors);
  const std::vector<NamedTensor> before = model->ToTensors();
  model->Change([](size_t /*parameter*/, std::span<float> trained) { trained[0] += 1; });
  EXPECT_NE(model->ToTensors(), before);
  model->Load(made.tensors);
  for (size_t p = 0; p < before.size(); ++p) {
    for (size_t i = 0; i < before[p].values.size(); ++i) {
      EXPECT_NEAR(model->ToTensors()[p].values[i], made.tensors[p].values[i], 1e-5) << before[p].name;
    }
  }
}

TEST(CentredRealModelTest, VariancesCannotVanish) {
  const TestModel made = SmallGaussianRbm(2, 3, 1).Model();
  const auto model = *TrainableModel::Create(made.spec, made.tensors);
  model->Change([](size_t parameter, std::span<float> trained) {
    if (parameter == 2) trained[0] = -100;
  });
  EXPECT_EQ(model->ToTensors()[2].values[0], -14);
}

TEST(CentredRealModelTest, GradientMatchesFiniteDifferencesOfTheLoss) {
  const TestModel made = SmallGaussianRbm(3, 4, 3).Model();
  const auto model = *TrainableModel::Create(made.spec, made.tensors);
  const LabelledData rows = NormalRows(40, 3, 3, 1);
  const LabelledData chains = NormalRows(40, 3, 3, 2);
  RowWorkers workers(2);
  model->ComputeGradient({rows.rows.view(), rows.labels, chains.rows.view()}, {.density = 0.7}, workers);
  const auto loss = [&] {
    const Evaluation data = Evaluate(model->energy(), rows.rows.view(), rows.labels);
    return data.cross_entropy + 0.7 * (MeanLogDensity(model->energy(), chains.rows.view()) - data.mean_log_density());
  };
  ExpectGradientOf(loss, 2e-3, *model);
}

constexpr float kDeviation = 0.5;

// Rows in two clusters, at (1, 1) and (-1, -1), with this deviation around their centres.
TrainingData TwoClusters() {
  TrainingData data;
  data.input_shape = {2};
  data.class_labels = {"all"};
  data.columns = {{.range = {-4, 4}}};
  const auto rows = [](int64_t count, uint64_t seed) {
    LabelledData made = NormalRows(count, 2, 1, seed);
    for (int64_t row = 0; row < count; ++row) {
      for (float& x : made.rows.row(row)) x = kDeviation * x + (row % 2 == 0 ? 1.0F : -1.0F);
    }
    return made;
  };
  data.train = rows(400, 1);
  data.validation = rows(100, 2);
  return data;
}

double LogDensityOfLaw(std::span<const float> x) {
  const auto of_cluster = [&x](double centre) {
    double sum = -std::log(2) - 2 * std::log(kDeviation * std::sqrt(2 * std::numbers::pi));
    for (const float value : x) sum -= std::pow((value - centre) / kDeviation, 2) / 2;
    return sum;
  };
  return reference::LogSumExpOf({of_cluster(1), of_cluster(-1)});
}

// Up to the noise of the last chains, and of few rows. One Gaussian is 0.4 nats away, and independent ones 0.9.
TEST(RealTrainingTest, LikelihoodOfHeldOutRowsNearsThatOfTheirLaw) {
  const TrainingData data = TwoClusters();
  Recipe recipe = *FindRecipe("gaussian_rbm");
  recipe.hidden_widths = {4};
  recipe.max_epochs = 100;
  ASSERT_EQ(recipe.Validate(), absl::OkStatus());
  const auto likelihood_after = [&](int epochs) {
    TrainingData completed;
    TrainingTask task = *MakeTask(recipe, 5, data, completed);
    TrainingState state = InitialState(task.spec, recipe, 5, task.base);
    const auto trainer = *Trainer::Create(std::move(task), std::move(state), {.threads = 2});
    QuietObserver observer([] { return false; });
    for (int epoch = 0; epoch < epochs; ++epoch) EXPECT_TRUE(trainer->RunEpoch(observer).ok());
    const ModelSpec& spec = trainer->task().spec;
    const std::vector<NamedTensor> tensors = trainer->WithBase(trainer->state().parameters);
    const double log_z = *ExactLogZ(*PlanExactLogZ(spec, {}), spec, tensors, 1, {});
    return MeanLogDensity(**MakeEnergyModel(spec, tensors), data.validation.rows.view()) - log_z;
  };
  double law = 0;
  for (int64_t row = 0; row < 100; ++row) law += LogDensityOfLaw(data.validation.rows.row(row)) / 100;
  EXPECT_LT(likelihood_after(0), law - 0.5) << "independent Gaussians";
  EXPECT_GT(likelihood_after(100), law - 0.1);
}

}  // namespace
}  // namespace ebm
