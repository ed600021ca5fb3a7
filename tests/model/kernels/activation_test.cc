#include "model/kernels/activation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "model/kernels/aligned_floats.h"
#include "tests/model/kernels/every_target.h"
#include "tests/reference/rounded_activation.h"

namespace ebm::kernels {
namespace {

using reference::ActivationSlope;
using reference::ActivationValue;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class ActivationTest : public testing::TestWithParam<Activation> {
 protected:
  // Fills value and slope with act(a) and act'(a).
  void Apply(const std::vector<float>& a) {
    const size_t size = (a.size() + 31) / 32 * 32;
    AlignedFloats values(size);
    AlignedFloats slopes(size);
    std::ranges::copy(a, values.data());
    Activate(GetParam(), size, values.data(), slopes.data());
    value_.assign(values.data(), values.data() + a.size());
    slope_.assign(slopes.data(), slopes.data() + a.size());
  }

  std::vector<float> value_;
  std::vector<float> slope_;
};

INSTANTIATE_TEST_SUITE_P(All, ActivationTest,
                         testing::Values(Activation::kElu, Activation::kSilu, Activation::kRelu, Activation::kSoftplus,
                                         Activation::kLeakyRelu));

// Highway's exp and log1p have errors of at most 2 and 4 units in the last place, and each formula adds a few
// roundings.
TEST_P(ActivationTest, AgreesWithTheFormulas) {
  constexpr double kRoundings = 16 * reference::kUnitRoundoff;
  std::vector<float> a;
  for (float x = -120; x <= 120; x += 0.0371F) a.push_back(x);
  for (const float x : {0.0F, -0.0F, 1e-30F, -1e-30F, 1e-6F, -1e-6F, 1e4F, -1e4F, 1e30F, -1e30F}) a.push_back(x);
  ForEveryTarget([&](int64_t) {
    Apply(a);
    for (size_t i = 0; i < a.size(); ++i) {
      const double value = ActivationValue(GetParam(), a[i]);
      ASSERT_NEAR(value_[i], value, kRoundings * std::max(1.0, std::abs(value))) << "at " << a[i];
      ASSERT_NEAR(slope_[i], ActivationSlope(GetParam(), a[i]), kRoundings) << "at " << a[i];
    }
  });
}

TEST_P(ActivationTest, NanGivesNanForBoth) {
  ForEveryTarget([&](int64_t) {
    Apply(std::vector<float>(32, kNan));
    for (size_t i = 0; i < 32; ++i) EXPECT_TRUE(std::isnan(value_[i]) && std::isnan(slope_[i])) << i;
  });
}

TEST_P(ActivationTest, InfinityGivesTheLimits) {
  ForEveryTarget([&](int64_t) {
    Apply({kInfinity, -kInfinity});
    EXPECT_EQ(value_[0], kInfinity);
    EXPECT_EQ(slope_[0], 1.0F);
    const bool leaks = GetParam() == Activation::kLeakyRelu;
    EXPECT_EQ(value_[1], leaks ? -kInfinity : GetParam() == Activation::kElu ? -1.0F : 0.0F);
    EXPECT_EQ(slope_[1], leaks ? kLeakyReluSlope : 0.0F);
  });
}

TEST(MultiplyElementwiseTest, Multiplies) {
  AlignedFloats values(64);
  AlignedFloats factors(64);
  for (int i = 0; i < 64; ++i) {
    values.data()[i] = static_cast<float>(i);
    factors.data()[i] = 0.5F - static_cast<float>(i % 3);
  }
  MultiplyElementwise(factors.data(), 64, values.data());
  for (int i = 0; i < 64; ++i) EXPECT_EQ(values.data()[i], static_cast<float>(i) * factors.data()[i]);
}

}  // namespace
}  // namespace ebm::kernels
