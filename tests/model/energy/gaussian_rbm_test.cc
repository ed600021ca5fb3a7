// Restricted Boltzmann machines on real coordinates against published figures, enumeration of the hidden units and
// differences, and the law of their sweeps.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/core/hidden_units.h"
#include "model/core/matrix_view.h"
#include "model/energy/energy_factory.h"
#include "model/networks/network.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/gibbs.h"
#include "tests/model/energy/gibbs_run.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"
#include "tests/reference/small_gaussian_rbm.h"

namespace ebm {
namespace {

using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::SmallGaussianRbm;
using reference::TestModel;
using ::testing::HasSubstr;

constexpr double kRounded = 2e-5;

std::unique_ptr<EnergyModel> GaussianOf(const SmallGaussianRbm& rbm) {
  const TestModel model = rbm.Model();
  return *MakeEnergyModel(model.spec, model.tensors);
}

struct Evaluated {
  std::vector<float> logits;
  float log_density = 0;
  float of_class = 0;  // ln p~(x, y) or, without a class, ln p~(x), from the pass with the gradient
  std::vector<float> gradient;
  std::vector<float> hidden_means;
};

Evaluated EvaluatedAt(const EnergyModel& model, std::vector<float> x, int32_t target_class = kNoClass) {
  const auto dimension = std::ssize(x);
  Evaluated all = {.logits = std::vector<float>(model.class_logits()->num_classes()),
                   .gradient = std::vector<float>(x.size()),
                   .hidden_means = std::vector<float>(model.hidden_units()->num_hidden())};
  const ConstMatrix row(x.data(), 1, dimension);
  model.class_logits()->Logits(row, {all.logits.data(), 1, std::ssize(all.logits)}, {&all.log_density, 1});
  model.log_density_gradient()->Evaluate(row, {&target_class, 1}, {&all.of_class, 1},
                                         {all.gradient.data(), 1, dimension});
  model.hidden_units()->HiddenMeans(row, {all.hidden_means.data(), 1, std::ssize(all.hidden_means)});
  return all;
}

std::vector<double> DoublesOf(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST(GaussianRbmTest, HasThePublishedLogDensityAndGradient) {
  const SmallGaussianRbm rbm(4, 3, 1);
  EXPECT_NEAR(rbm.LogZ(), 8.84692462442, 1e-9) << "the oracle itself";
  const Evaluated at = EvaluatedAt(*GaussianOf(rbm), {1, 0, -1, 0.5});
  EXPECT_NEAR(at.log_density, .341738044292, kRounded);
  EXPECT_EQ(at.log_density, at.of_class) << "the same bits with and without the gradient";
  const std::vector<double> published = {-.562435215066, -.362805458454, 1.37035733819, -.32869150182};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(at.gradient[i], published[i], kRounded);
}

class RealRows : public testing::TestWithParam<int> {
 protected:
  // More coordinates and hidden units than fill a vector would not be enumerated; several rows are one chunk.
  const SmallGaussianRbm rbm_{5, 6, GetParam()};
  const std::unique_ptr<EnergyModel> model_ = GaussianOf(rbm_);
  const std::vector<std::vector<float>> rows_ = {
      {0, 0, 0, 0, 0}, {1, -2, 0.5F, 3, -0.25F}, {-1.5F, 0.75F, 2, -2, 1}, {6, 5, -4, 7, -6}};
};

TEST_P(RealRows, HaveTheValuesThatEnumerationGives) {
  for (const std::vector<float>& row : rows_) {
    const std::vector<double> x = DoublesOf(row);
    const Evaluated at = EvaluatedAt(*model_, row);
    EXPECT_NEAR(at.log_density, rbm_.LogDensity(x), kRounded * (1 + std::abs(at.log_density)));
    for (int y = 0; y < GetParam(); ++y) {
      EXPECT_NEAR(at.logits[y], rbm_.LogDensity(x, y), kRounded * (1 + std::abs(at.log_density)));
    }
    for (int j = 0; j < 6; ++j) EXPECT_NEAR(at.hidden_means[j], rbm_.HiddenMean(x, j), kRounded);
  }
}

TEST_P(RealRows, HaveTheGradientThatDifferencesGive) {
  constexpr double kStep = 1e-4;
  for (const std::vector<float>& row : rows_) {
    for (const int32_t target_class : {kNoClass, GetParam() - 1}) {
      const Evaluated at = EvaluatedAt(*model_, row, target_class);
      for (size_t i = 0; i < row.size(); ++i) {
        std::vector<double> above = DoublesOf(row);
        std::vector<double> below = above;
        above[i] += kStep;
        below[i] -= kStep;
        const double slope = (rbm_.LogDensity(above, target_class) - rbm_.LogDensity(below, target_class)) / 2 / kStep;
        EXPECT_NEAR(at.gradient[i], slope, kRounded * (1 + std::abs(slope)));
      }
    }
  }
}

TEST_P(RealRows, HaveTheSameLogitsOnLibTorch) {
  const TestModel model = rbm_.Model();
  const Network network = *Network::FromTensors(model.spec, model.tensors);
  for (const std::vector<float>& row : rows_) {
    const Evaluated at = EvaluatedAt(*model_, row);
    const at::Tensor logits = network.Logits(at::tensor(row).unsqueeze(0));
    ASSERT_EQ(logits.size(1), GetParam());
    for (int y = 0; y < GetParam(); ++y) {
      EXPECT_NEAR(logits[0][y].item<float>(), at.logits[y], kRounded * (1 + std::abs(at.log_density)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Classes, RealRows, testing::Values(1, 3));

// The mean of every coordinate, and its mean square distance from the mean.
void ExpectMoments(const ChainBatch& chains, const SmallGaussianRbm& rbm, const SmallGaussianRbm::Question& question) {
  const auto n = static_cast<double>(chains.rows());
  const double failure = kAllowedFailure / (2 * rbm.dimension());
  for (int i = 0; i < rbm.dimension(); ++i) {
    if (!question.held.empty() && !std::isnan(question.held[i])) continue;
    const double mean = rbm.MeanOf(i, question);
    const double variance = rbm.VarianceOf(i, question);
    double sum = 0;
    double squares = 0;
    for (int64_t row = 0; row < chains.rows(); ++row) {
      const double x = chains.states().row(row)[i];
      sum += x;
      squares += (x - mean) * (x - mean);
    }
    EXPECT_TRUE(IsNormalDraw(sum / n, mean, std::sqrt(variance / n), failure)) << "mean " << i;
    const double of_squares = rbm.FourthMomentOf(i, question) - variance * variance;
    EXPECT_TRUE(IsNormalDraw(squares / n, variance, std::sqrt(of_squares / n), failure)) << "variance " << i;
  }
}

TEST(GaussianRbmSweepTest, ManySweepsHaveThePublishedMeans) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const std::vector<double> published = {1.07406217824, -1.21078799699, 2.72651495894, -1.13821877218};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(rbm.MeanOf(i, {}), published[i], 1e-9) << "the oracle itself";
  ExpectMoments(ChainsOf(*GaussianOf(rbm), {.steps = 200, .chains = 20000}), rbm, {});
}

TEST(GaussianRbmSweepTest, OneSweepDrawsTheHiddenUnitsAndThenTheCoordinates) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const std::vector<float> start = {1, 0, -1, 0.5F};
  const ChainBatch chains = ChainsOf(*GaussianOf(rbm), {.steps = 1, .start = start});
  for (int i = 0; i < 4; ++i) {
    double mean = rbm.b(i);
    double variance = rbm.s(i) * rbm.s(i);
    for (int j = 0; j < 3; ++j) {
      const double p = rbm.HiddenMean(DoublesOf(start), j);
      mean += rbm.w(i, j) * p;
      variance += rbm.w(i, j) * rbm.w(i, j) * p * (1 - p);
    }
    double sum = 0;
    for (int64_t row = 0; row < chains.rows(); ++row) sum += chains.states().row(row)[i];
    const auto n = static_cast<double>(chains.rows());
    EXPECT_TRUE(IsNormalDraw(sum / n, mean, std::sqrt(variance / n), kAllowedFailure / 4));
  }
}

TEST(GaussianRbmSweepTest, TemperatureIsThatOfTheJointDistribution) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const auto model = GaussianOf(rbm);
  ExpectMoments(ChainsOf(*model, {.steps = 200, .kernel = {.temperature = 2}, .chains = 20000}), rbm,
                {.temperature = 2});
}

TEST(GaussianRbmSweepTest, HeldCoordinatesStayAndTheOthersAreDrawnGivenThem) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const ChainBatch chains =
      ChainsOf(*GaussianOf(rbm), {.steps = 200, .start = {2, 0, -1, 0}, .free = {0, 1, 0, 1}, .chains = 20000});
  for (int64_t row = 0; row < chains.rows(); ++row) {
    ASSERT_EQ(chains.states().row(row)[0], 2);
    ASSERT_EQ(chains.states().row(row)[2], -1);
  }
  ExpectMoments(chains, rbm, {.held = {2, SmallGaussianRbm::kFree, -1, SmallGaussianRbm::kFree}});
}

TEST(GaussianRbmSweepTest, ClassesAreSummedOutOrHeld) {
  const SmallGaussianRbm rbm(4, 3, 3);
  const auto model = GaussianOf(rbm);
  ExpectMoments(ChainsOf(*model, {.steps = 200, .chains = 20000}), rbm, {});
  ExpectMoments(ChainsOf(*model, {.steps = 200, .target_class = 2, .chains = 20000}), rbm, {.target_class = 2});
}

TEST(GaussianRbmSweepTest, TheLastStepWithoutNoiseTakesTheMeans) {
  const SmallGaussianRbm rbm(4, 3, 1);
  const ChainBatch chains = ChainsOf(*GaussianOf(rbm), {.steps = 1, .kernel = {1, true}, .chains = 40});
  for (int64_t row = 0; row < 40; ++row) {
    double nearest = 1;
    for (int h = 0; h < 8; ++h) {
      double distance = 0;
      for (int i = 0; i < 4; ++i) {
        double mean = rbm.b(i);
        for (int j = 0; j < 3; ++j) mean += (h >> j & 1) * rbm.w(i, j);
        distance = std::max(distance, std::abs(mean - chains.states().row(row)[i]));
      }
      nearest = std::min(nearest, distance);
    }
    EXPECT_LT(nearest, 1e-5) << "b + W h of no h";
  }
}

TEST(GaussianRbmSweepTest, ReportsTheLogDensityOfTheStateBefore) {
  const SmallGaussianRbm rbm(4, 3, 3);
  std::vector<float> states = {1, 0, -1, 0.5F, 1, 0, -1, 0.5F};
  const std::vector<SweepSettings> sweeps = {{.temperature = 2}, {.target_class = 1}};
  std::vector<float> log_density(2);
  GaussianOf(rbm)->block_conditionals()->Sweep(sweeps, {states.data(), 2, 4}, log_density);
  EXPECT_NEAR(log_density[0], rbm.LogDensity({1, 0, -1, 0.5}), kRounded) << "at temperature 1, whatever the sweep's";
  EXPECT_NEAR(log_density[1], rbm.LogDensity({1, 0, -1, 0.5}, 1), kRounded);
}

TEST(GaussianRbmSweepTest, ChainsHaveTheSameBitsAloneAndTogether) {
  const auto model = GaussianOf(SmallGaussianRbm(37, 45, 3));
  const ChainBatch together = ChainsOf(*model, {.steps = 20, .chains = 75});
  const GibbsKernel kernel(*model->block_conditionals());
  for (int64_t row = 0; row < 75; row += 7) {
    ChainBatch alone(1, model->dimension());
    alone.Set(0, together.settings(row), 0, std::vector<float>(37), {});
    for (int step = 0; step < 20; ++step) kernel.Step(alone);
    EXPECT_EQ(std::memcmp(alone.states().row(0).data(), together.states().row(row).data(), 37 * sizeof(float)), 0);
  }
}

TEST(GaussianRbmTest, RowsThatAreNotFiniteHaveNoLogDensityAndNoNextState) {
  const auto model = GaussianOf(SmallGaussianRbm(2, 3, 1));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    const Evaluated at = EvaluatedAt(*model, {1, bad});
    EXPECT_TRUE(std::isnan(at.log_density) && std::isnan(at.gradient[0]) && std::isnan(at.hidden_means[0])) << bad;
    std::vector<float> states = {1, bad, 1, 2};
    std::vector<float> log_density(2);
    model->block_conditionals()->Sweep(std::vector<SweepSettings>(2), {states.data(), 2, 2}, log_density);
    EXPECT_TRUE(std::isnan(log_density[0]) && std::isnan(states[0])) << bad;
    EXPECT_TRUE(std::isfinite(log_density[1]) && std::isfinite(states[2])) << "the other row is as it would be alone";
  }
}

TEST(GaussianRbmTest, SaysWhatItHas) {
  const auto model = GaussianOf(SmallGaussianRbm(4, 3, 2));
  EXPECT_NE(model->log_density_gradient(), nullptr);
  ASSERT_NE(model->block_conditionals(), nullptr);
  EXPECT_TRUE(model->block_conditionals()->levels().empty());
  EXPECT_EQ(model->path_conditionals(), nullptr);
  EXPECT_EQ(model->base_density(), nullptr);
  EXPECT_EQ(model->hidden_units()->num_hidden(), 3);
  EXPECT_EQ(model->class_logits()->num_classes(), 2);
}

TEST(GaussianRbmTest, RefusesWhatItCannotCompute) {
  TestModel model = SmallGaussianRbm(4, 3, 1).Model();
  const auto refusal = [&model](Precision precision) {
    return std::string(MakeEnergyModel(model.spec, model.tensors, precision).status().message());
  };
  EXPECT_THAT(refusal(Precision::kBf16), HasSubstr("family gaussian_rbm has f32 only"));
  model.tensors[2].values[1] = 90;
  EXPECT_THAT(refusal(Precision::kF32), HasSubstr("rbm.log_variance[1] is 90; -40 to 40 is allowed"));
  model.spec.network = GaussianRbmSpec{};
  EXPECT_THAT(refusal(Precision::kF32), HasSubstr("hidden_units is 0; 1 to "));
}

}  // namespace
}  // namespace ebm
