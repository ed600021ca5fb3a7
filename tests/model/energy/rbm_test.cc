// The energy of restricted Boltzmann machines against enumeration, and against published figures of the same models.

#include "model/energy/rbm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/energy/energy_factory.h"
#include "model/networks/network.h"
#include "tests/reference/rbm_enumeration.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::ForEachState;
using reference::HiddenMean;
using reference::LogZ;
using reference::SmallRbm;
using reference::TestModel;
using testing::HasSubstr;

// float32 sums of some tens of terms of about 10.
constexpr double kTolerance = 1e-5;

std::unique_ptr<EnergyModel> ModelOf(const SmallRbm& rbm) {
  const TestModel model = rbm.Model();
  return *MakeEnergyModel(model.spec, model.tensors);
}

std::vector<float> FloatsOf(const std::vector<int>& x) { return {x.begin(), x.end()}; }

struct RbmOutputs {
  std::vector<float> logits;
  float log_density = 0;
};

RbmOutputs RbmOutputsOf(const EnergyModel& model, std::vector<float> x) {
  RbmOutputs outputs;
  outputs.logits.resize(model.class_logits()->num_classes());
  model.class_logits()->Logits({x.data(), 1, std::ssize(x)}, {outputs.logits.data(), 1, std::ssize(outputs.logits)},
                               {&outputs.log_density, 1});
  return outputs;
}

TEST(RbmTest, HasThePublishedLogDensities) {
  const SmallRbm rbm(std::vector(8, 2), 6, 1);
  EXPECT_NEAR(LogZ(rbm), 16.1851822542, 1e-9) << "the oracle itself";
  const auto model = ModelOf(rbm);
  EXPECT_NEAR(RbmOutputsOf(*model, FloatsOf({0, 0, 0, 0, 0, 0, 0, 0})).log_density, 4.65539197245, kTolerance);
  EXPECT_NEAR(RbmOutputsOf(*model, FloatsOf({1, 1, 1, 1, 1, 1, 1, 1})).log_density, 14.0419612322, kTolerance);
  EXPECT_NEAR(RbmOutputsOf(*model, FloatsOf({1, 0, 1, 0, 0, 0, 0, 0})).log_density, 6.14878826107, kTolerance);
}

TEST(RbmTest, HasThePublishedLogitsOfClasses) {
  const SmallRbm rbm(std::vector(8, 2), 6, 3);
  EXPECT_NEAR(LogZ(rbm), 17.0168453053, 1e-9) << "the oracle itself";
  EXPECT_NEAR(LogZ(rbm, 1), 15.8122585633, 1e-9) << "the oracle itself";
  const RbmOutputs outputs = RbmOutputsOf(*ModelOf(rbm), FloatsOf({1, 0, 1, 0, 0, 0, 0, 0}));
  const std::vector<double> published = {5.73445418892, 5.54970022719, 5.73858625508};
  for (int y = 0; y < 3; ++y) EXPECT_NEAR(outputs.logits[y], published[y], kTolerance);
}

TEST(RbmTest, HasThePublishedLogDensityOfSeveralLevels) {
  const SmallRbm rbm(std::vector(4, 3), 3, 1);
  EXPECT_NEAR(LogZ(rbm), 9.94335377338, 1e-9) << "the oracle itself";
  EXPECT_NEAR(RbmOutputsOf(*ModelOf(rbm), FloatsOf({0, 1, 2, 0})).log_density, 5.73771376753, kTolerance);
}

std::vector<float> HiddenMeansOf(const EnergyModel& model, const std::vector<float>& x) {
  std::vector<float> means(model.hidden_units()->num_hidden());
  model.hidden_units()->HiddenMeans({x.data(), 1, std::ssize(x)}, {means.data(), 1, std::ssize(means)});
  return means;
}

TEST(RbmTest, HasThePublishedHiddenMeans) {
  const std::vector<double> published = {.596433146265, .861538209431, .833324595312,
                                         .476579651064, .152032241622, .148047198032};
  const std::vector<float> means =
      HiddenMeansOf(*ModelOf(SmallRbm(std::vector(8, 2), 6, 1)), FloatsOf({1, 0, 1, 0, 0, 0, 0, 0}));
  ASSERT_EQ(means.size(), published.size());
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(means[j], published[j], 1e-6);
}

class EveryState : public testing::TestWithParam<int> {
 protected:
  // Coordinates of two and of more levels side by side; more hidden units than fill a vector would not be enumerated.
  const SmallRbm rbm_{{2, 3, 2, 5}, 5, GetParam()};
};

TEST_P(EveryState, HasTheLogDensityThatEnumerationGives) {
  const auto model = ModelOf(rbm_);
  ForEachState(rbm_, [&](const std::vector<int>& x) {
    const RbmOutputs outputs = RbmOutputsOf(*model, FloatsOf(x));
    EXPECT_NEAR(outputs.log_density, rbm_.LogDensity(x), kTolerance);
    for (int y = 0; y < GetParam(); ++y) EXPECT_NEAR(outputs.logits[y], rbm_.LogJoint(x, y), kTolerance);
  });
}

TEST_P(EveryState, HasTheHiddenMeansThatEnumerationGives) {
  const auto model = ModelOf(rbm_);
  ForEachState(rbm_, [&](const std::vector<int>& x) {
    const std::vector<float> means = HiddenMeansOf(*model, FloatsOf(x));
    ASSERT_EQ(std::ssize(means), rbm_.hidden());
    for (int j = 0; j < rbm_.hidden(); ++j) EXPECT_NEAR(means[j], HiddenMean(rbm_, x, j), 1e-6);
  });
}

TEST_P(EveryState, HasTheSameLogitsOnLibTorch) {
  const TestModel model = rbm_.Model();
  const auto energy = ModelOf(rbm_);
  const Network network = *Network::FromTensors(model.spec, model.tensors);
  ForEachState(rbm_, [&](const std::vector<int>& x) {
    const RbmOutputs outputs = RbmOutputsOf(*energy, FloatsOf(x));
    const at::Tensor logits = network.Logits(at::tensor(FloatsOf(x)).unsqueeze(0));
    ASSERT_EQ(logits.size(1), GetParam());
    for (int y = 0; y < GetParam(); ++y) EXPECT_NEAR(logits[0][y].item<float>(), outputs.logits[y], kTolerance);
  });
}

INSTANTIATE_TEST_SUITE_P(Classes, EveryState, testing::Values(1, 3));

TEST(RbmTest, RowsThatAreNotLevelsHaveNoLogDensityAndNoNextState) {
  const auto model = ModelOf(SmallRbm({2, 3}, 4, 1));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, infinity, -infinity, -1.0F, 0.5F, 3.0F, 1e30F}) {
    std::vector<float> x = {1, bad};
    EXPECT_TRUE(std::isnan(RbmOutputsOf(*model, x).log_density)) << bad;
    const SweepSettings sweep;
    float log_density = 0;
    model->block_conditionals()->Sweep({&sweep, 1}, {x.data(), 1, 2}, {&log_density, 1});
    EXPECT_TRUE(std::isnan(log_density) && std::isnan(x[0]) && std::isnan(x[1])) << bad;
  }
}

TEST(RbmTest, HasNoGradientAndSaysWhatItHas) {
  const auto model = ModelOf(SmallRbm({2, 3}, 4, 2));
  EXPECT_EQ(model->log_density_gradient(), nullptr);
  ASSERT_NE(model->block_conditionals(), nullptr);
  EXPECT_THAT(
      std::vector<int>(model->block_conditionals()->levels().begin(), model->block_conditionals()->levels().end()),
      testing::ElementsAre(2, 3));
  ASSERT_NE(model->base_density(), nullptr);
  EXPECT_EQ(model->dimension(), 2);
}

TEST(RbmErrorsTest, RefusesBf16) {
  const TestModel model = SmallRbm({2, 3}, 4, 2).Model();
  EXPECT_THAT(std::string(MakeEnergyModel(model.spec, model.tensors, Precision::kBf16).status().message()),
              HasSubstr("precision is bf16; family rbm has f32 only"));
}

TEST(RbmErrorsTest, RefusesTensorsOfAnotherShape) {
  TestModel model = SmallRbm({2, 3}, 4, 2).Model();
  model.tensors[0].shape = {4, 3};
  EXPECT_THAT(std::string(MakeEnergyModel(model.spec, model.tensors).status().message()),
              HasSubstr("tensor rbm.weight has shape [4, 3]; the model needs [4, 4]"));
}

}  // namespace
}  // namespace ebm
