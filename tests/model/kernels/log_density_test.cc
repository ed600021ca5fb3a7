#include "model/kernels/log_density.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/kernels/aligned_floats.h"
#include "tests/model/kernels/every_target.h"

namespace ebm::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Answer {
  float log_density = 0;
  std::vector<float> weights;  // v
};

// The values after the logits must have no effect.
Answer Ask(const std::vector<float>& logits, int32_t target_class) {
  AlignedFloats f((logits.size() + 31) / 32 * 32);
  std::fill_n(f.data(), f.size(), 1e30F);
  std::ranges::copy(logits, f.data());
  Answer answer;
  const float alone = LogSumExp(f.data(), logits.size());
  answer.log_density = LogDensityAndWeights(target_class, logits.size(), f.data());
  if (target_class < 0 && !std::isnan(alone)) {
    EXPECT_EQ(answer.log_density, alone);
  }
  answer.weights.assign(f.data(), f.data() + logits.size());
  return answer;
}

std::vector<float> Logits(size_t count, float scale) {
  std::vector<float> logits(count);
  FillNormal({.seed = 9, .stream = RandomStream::kDataNoise, .chain = static_cast<uint32_t>(count)}, logits);
  for (float& logit : logits) logit *= scale;
  return logits;
}

// The roundings are those of f - m, of exp, of the sum of up to K terms, of the logarithm and of the last sum.
TEST(LogDensityTest, AgreesWithDoublePrecision) {
  ForEveryTarget([](int64_t) {
    for (size_t count = 1; count <= 70; ++count) {
      for (const float scale : {0.01F, 3.0F, 200.0F}) {
        const std::vector<float> logits = Logits(count, scale);
        const Answer answer = Ask(logits, -1);
        const double largest = *std::ranges::max_element(logits);
        double sum = 0;
        for (const float logit : logits) sum += std::exp(logit - largest);
        const double rounding = 0x1p-24 * (static_cast<double>(count) + 8);
        ASSERT_NEAR(answer.log_density, largest + std::log(sum), rounding * (1 + std::abs(largest)));
        for (size_t k = 0; k < count; ++k) {
          const double expected = std::exp(logits[k] - largest) / sum;
          ASSERT_NEAR(answer.weights[k], expected,
                      (rounding + 0x1p-24 * std::abs(logits[k] - largest)) * expected + 1e-37);
        }
      }
    }
  });
}

TEST(LogDensityTest, AClassHasItsLogitAndTheOneHot) {
  const std::vector<float> logits = Logits(10, 3.0F);
  const Answer answer = Ask(logits, 4);
  EXPECT_EQ(answer.log_density, logits[4]);
  for (size_t k = 0; k < 10; ++k) EXPECT_EQ(answer.weights[k], k == 4 ? 1.0F : 0.0F);
}

TEST(LogDensityTest, NanShowsInDensityAndWeights) {
  ForEveryTarget([](int64_t) {
    for (size_t place = 0; place < 21; ++place) {
      std::vector<float> logits = Logits(21, 1.0F);
      logits[place] = kNan;
      const Answer answer = Ask(logits, -1);
      EXPECT_TRUE(std::isnan(answer.log_density)) << place;
      EXPECT_TRUE(std::ranges::any_of(answer.weights, [](float v) { return std::isnan(v); })) << place;
    }
  });
  EXPECT_TRUE(std::isnan(Ask({0, kNan, 0}, 1).log_density));
}

TEST(LogDensityTest, HugeLogitsDoNotOverflow) {
  const Answer answer = Ask({1e30F, -1e30F, 1e30F}, -1);
  EXPECT_EQ(answer.log_density, 1e30F);
  EXPECT_EQ(answer.weights, (std::vector<float>{0.5F, 0.0F, 0.5F}));
}

TEST(LogDensityTest, AnImpossibleClassHasNoWeight) {
  const Answer answer = Ask({0.0F, -kInfinity}, -1);
  EXPECT_EQ(answer.log_density, 0.0F);
  EXPECT_EQ(answer.weights, (std::vector<float>{1.0F, 0.0F}));
}

}  // namespace
}  // namespace ebm::kernels
