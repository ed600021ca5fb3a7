#include "model/annealing/bridged_density.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/annealing/annealed_chains.h"
#include "model/base/uniform_base.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {
namespace {

using reference::NormalBase;
using reference::QuadraticEnergy;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class BridgedDensityTest : public testing::Test {
 protected:
  // Evaluates one state.
  float Evaluate(const BaseDensity& base, double beta, std::vector<float> x) {
    BridgedDensity bridge(energy_, base, 1);
    bridge.set_beta(0, beta);
    const int32_t no_class = kNoClass;
    float log_density = 0;
    bridge.Evaluate({x.data(), 1, 2}, {&no_class, 1}, {&log_density, 1}, {gradient_.data(), 1, 2});
    return log_density;
  }

  const QuadraticEnergy energy_{{2, 0.5F}, {1, -1}};
  const NormalBase base_{2, 0.5F, 2};
  const std::vector<float> x_ = {0.25F, 3};
  std::vector<float> gradient_ = std::vector<float>(2);
};

TEST_F(BridgedDensityTest, MixesTheLogDensitiesAndGradientsOfItsEnds) {
  const float base = Evaluate(base_, 0, x_);
  const std::vector<float> base_gradient = gradient_;
  const float model = Evaluate(base_, 1, x_);
  const std::vector<float> model_gradient = gradient_;
  EXPECT_FLOAT_EQ(base, -2 * std::log(2 * std::sqrt(2 * M_PI)) - (0.0625 + 6.25) / 8);
  EXPECT_FLOAT_EQ(model, -0.5625 - 4);
  EXPECT_FLOAT_EQ(Evaluate(base_, 0.25, x_), 0.75F * base + 0.25F * model);
  for (int i = 0; i < 2; ++i) EXPECT_FLOAT_EQ(gradient_[i], 0.75F * base_gradient[i] + 0.25F * model_gradient[i]);
}

TEST_F(BridgedDensityTest, IsZeroWhereTheBaseIsZero) {
  const UniformBase box(2, {-1, 1});
  for (const double beta : {0.0, 0.5, 1.0}) EXPECT_EQ(Evaluate(box, beta, {0.5F, 1.25F}), -kInfinity) << beta;
}

TEST(UniformBaseTest, IsOneOverTheVolumeInsideAndFlat) {
  const UniformBase base(3, {-1, 3});
  const std::vector<float> x = {-1, 0, 3, 0, 3.5F, 0};
  std::vector<float> log_density(2);
  std::vector<float> gradient(6, 7.0F);
  base.Evaluate({x.data(), 2, 3}, {}, log_density, {gradient.data(), 2, 3});
  EXPECT_THAT(log_density, ElementsAre(testing::FloatEq(-3 * std::log(4.0F)), -kInfinity));
  EXPECT_THAT(gradient, Each(0.0F));
}

TEST(UniformBaseTest, DrawsStayInsideAndDependOnTheChainAlone) {
  const UniformBase base(5, {-0.1F, 0.3F});
  MatrixBuffer all(1000, 5);
  base.Draw(9, 0, kNoClass, all.view());
  EXPECT_THAT(all.values(), Each(testing::AllOf(testing::Ge(-0.1F), testing::Le(0.3F))));
  MatrixBuffer some(3, 5);
  base.Draw(9, 17, kNoClass, some.view());
  for (int64_t row = 0; row < 3; ++row) EXPECT_THAT(some.row(row), testing::ElementsAreArray(all.row(17 + row)));
}

// A change of beta needs no evaluation; the stored values of the chains must still be right after it.
TEST(AnnealedChainsTest, KnowTheRatioOfTheDensitiesWhereTheyAre) {
  const QuadraticEnergy energy({2, 0.5F}, {1, -1});
  const NormalBase base(2, 0.5F, 2);
  MatrixBuffer states(6, 2);
  base.Draw(5, 0, kNoClass, states.view());
  const MatrixBuffer starts = states;
  AnnealedChains chains({energy, base, {}}, 5, 0, starts.view());
  int64_t accepted = 0;
  for (const double beta : {0.1, 0.4, 0.9, 1.0}) {
    chains.MoveTo(beta, 0.4F);
    accepted += chains.Step();
    const AnnealedChains fresh({energy, base, {}}, 6, 0, chains.states());
    for (int64_t row = 0; row < 6; ++row) EXPECT_EQ(chains.log_ratio(row), fresh.log_ratio(row)) << beta;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 24);
}

// The same chains by a plain kernel that evaluates everything again at every beta.
TEST(AnnealedChainsTest, MoveAsThePlainKernelWould) {
  const QuadraticEnergy energy({2, 0.5F}, {1, -1});
  const NormalBase base(2, 0.5F, 2);
  MatrixBuffer starts(6, 2);
  base.Draw(5, 0, kNoClass, starts.view());
  const MatrixBuffer begin = starts;
  AnnealedChains chains({energy, base, {}}, 5, 0, begin.view());
  MatrixBuffer plain = starts;
  uint32_t step = 0;
  for (const double beta : {0.0, 0.2, 0.7, 1.0}) {
    chains.MoveTo(beta, 0.6F);
    chains.Step();
    BridgedDensity density(energy, base, 6);
    for (int64_t row = 0; row < 6; ++row) density.set_beta(row, beta);
    ChainBatch batch(6, 2);
    for (uint32_t row = 0; row < 6; ++row) {
      const MetropolisLangevin kernel = {.step_size = 0.6F, .noise_scale = std::sqrt(1.2F)};
      batch.Set(row, {.seed = 5, .chain = row, .sampler = {.kernel = kernel}}, step, plain.row(row), {});
    }
    MetropolisLangevinKernel(density).Step(batch);
    std::ranges::copy(batch.states().values(), plain.view().values().begin());
    ++step;
    EXPECT_THAT(chains.states().values(), testing::ElementsAreArray(plain.values())) << beta;
  }
}

}  // namespace
}  // namespace ebm
