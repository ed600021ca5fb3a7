#include "model/base/independent_base.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tests/reference/quantiles.h"
#include "tests/reference/rbm_enumeration.h"
#include "tests/reference/sample_checks.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::SmallRbm;

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

class IndependentBaseTest : public testing::Test {
 protected:
  // The probability of a level under the site logits of SmallRbm, g(300 + s): s counts indicators.
  double Probability(int coordinate, int level) const {
    const int first[] = {0, 1, 4};
    const int levels[] = {2, 3, 4};
    std::vector<double> logits;
    for (int l = 0; l < levels[coordinate]; ++l) {
      const bool is_binary = levels[coordinate] == 2;
      logits.push_back(is_binary ? l * reference::Formula(300) : reference::Formula(300 + first[coordinate] + l));
    }
    return std::exp(logits[level] - reference::LogSumExpOf(logits));
  }

  const reference::TestModel model_ = SmallRbm({2, 3, 4}, 2, 1).Model();
  const std::unique_ptr<IndependentBase> base_ = *IndependentBase::Create(model_.spec, model_.tensors);
};

TEST_F(IndependentBaseTest, LogDensityIsTheSumOfTheLevelsLogProbabilities) {
  double all = 0;
  reference::ForEachState(SmallRbm({2, 3, 4}, 2, 1), [&](const std::vector<int>& x) {
    const std::vector<float> row(x.begin(), x.end());
    float log_density = 0;
    base_->Evaluate({row.data(), 1, 3}, {}, {&log_density, 1}, Matrix());
    const double expected = std::log(Probability(0, x[0]) * Probability(1, x[1]) * Probability(2, x[2]));
    EXPECT_NEAR(log_density, expected, 1e-6);
    all += std::exp(log_density);
  });
  EXPECT_NEAR(all, 1, 1e-6);
}

TEST_F(IndependentBaseTest, OtherNumbersHaveNoLogDensity) {
  for (const float bad : {kUnknown, -1.0F, 0.5F, 3.0F, 1e30F, std::numeric_limits<float>::infinity()}) {
    const std::vector<float> row = {1, bad, 0};
    float log_density = 0;
    base_->Evaluate({row.data(), 1, 3}, {}, {&log_density, 1}, Matrix());
    EXPECT_TRUE(std::isnan(log_density)) << bad;
  }
}

TEST_F(IndependentBaseTest, DrawsHaveTheLevelsProbabilities) {
  constexpr int64_t kDraws = 40000;
  MatrixBuffer states(kDraws, 3);
  base_->Draw(11, 0, kNoClass, states.view());
  const int levels[] = {2, 3, 4};
  for (int i = 0; i < 3; ++i) {
    for (int level = 0; level < levels[i]; ++level) {
      double share = 0;
      for (int64_t row = 0; row < kDraws; ++row) share += states.row(row)[i] == static_cast<float>(level) ? 1.0 : 0.0;
      const double p = Probability(i, level);
      EXPECT_TRUE(IsNormalDraw(share / kDraws, p, std::sqrt(p * (1 - p) / kDraws), kAllowedFailure / 9));
    }
  }
}

TEST_F(IndependentBaseTest, DrawsAreAFunctionOfSeedAndChain) {
  MatrixBuffer whole(20, 3);
  MatrixBuffer part(13, 3);
  base_->Draw(11, 0, kNoClass, whole.view());
  base_->Draw(11, 7, kNoClass, part.view());
  for (int64_t row = 0; row < 13; ++row) EXPECT_TRUE(std::ranges::equal(part.row(row), whole.row(7 + row)));
}

TEST_F(IndependentBaseTest, GivenSomeLevelsTheOthersKeepTheirProbabilities) {
  const std::vector<float> known = {1, kUnknown, 2};
  const auto given = base_->Given(known, kNoClass);
  EXPECT_NEAR(given->log_marginal(), std::log(Probability(0, 1) * Probability(2, 2)), 1e-9);
  constexpr int kDraws = 20000;
  double share = 0;
  for (uint32_t chain = 0; chain < kDraws; ++chain) {
    std::vector<float> x = {-7, -7, -7};
    given->Draw(3, chain, x);
    ASSERT_TRUE(x[0] == -7 && x[2] == -7) << "only the missing one is set";
    share += x[1] == 1 ? 1.0 / kDraws : 0;
  }
  const double p = Probability(1, 1);
  EXPECT_TRUE(IsNormalDraw(share, p, std::sqrt(p * (1 - p) / kDraws), kAllowedFailure));
}

TEST_F(IndependentBaseTest, RefusesLogitsThatAreNotFinite) {
  reference::TestModel broken = model_;
  broken.tensors.back().values[2] = kUnknown;
  EXPECT_EQ(IndependentBase::Create(broken.spec, broken.tensors).status().message(),
            "tensor base.site_logits has a value that is not finite");
}

}  // namespace
}  // namespace ebm
