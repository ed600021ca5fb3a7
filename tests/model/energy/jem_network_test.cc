#include "model/energy/jem_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_resnet.h"
#include "tests/reference/residual_oracle.h"

namespace ebm {
namespace {

using reference::kAllowedFailure;
using reference::RandomResnet;
using reference::ResidualOracle;
using reference::ResnetShape;
using reference::Rounded;
using reference::RoundingReach;
using reference::TestModel;
using ::testing::HasSubstr;

constexpr double kFailure = kAllowedFailure / 100000;  // more checks than any test here makes
constexpr int64_t kRows = 11;                          // a whole tile and a part of one

class JemNetworkTest : public testing::TestWithParam<ResnetShape> {
 protected:
  void SetUp() override { FillNormal({.seed = 23, .stream = RandomStream::kDataNoise}, x_.view().values()); }

  std::vector<double> Point(int64_t row) const { return {x_.row(row).begin(), x_.row(row).end()}; }

  struct Answers {
    MatrixBuffer logits;
    std::vector<float> log_density;  // without a class
    std::vector<float> joint;        // with a class
    MatrixBuffer gradient;
  };
  Answers Ask(const std::vector<int32_t>& classes) const {
    const int64_t n = x_.rows();
    Answers answers = {MatrixBuffer(n, GetParam().classes), std::vector<float>(n), std::vector<float>(n),
                       MatrixBuffer(n, x_.cols())};
    model_->class_logits()->Logits(x_.view(), answers.logits.view(), answers.log_density);
    model_->log_density_gradient()->Evaluate(x_.view(), classes, answers.joint, answers.gradient.view());
    return answers;
  }

  const TestModel resnet_ = RandomResnet(17, GetParam());
  const std::unique_ptr<EnergyModel> model_ = *MakeEnergyModel(resnet_.spec, resnet_.tensors);
  const ResidualOracle oracle_{resnet_.spec, resnet_.tensors, *FindActivation(resnet_.spec.activation)};
  MatrixBuffer x_{kRows, resnet_.spec.dimension()};
};

INSTANTIATE_TEST_SUITE_P(Shapes, JemNetworkTest,
                         testing::Values(ResnetShape{{5, 4}, {8}, 1, 3, "silu"}, ResnetShape{{1, 1}, {8}, 1, 2, "elu"},
                                         ResnetShape{{3, 6, 5}, {8, 16}, 2, 4, "softplus"},
                                         ResnetShape{{7, 7}, {16, 8, 24}, 1, 10, "relu"},
                                         ResnetShape{{8, 8}, {8, 8}, 1, 5, "leaky_relu"},
                                         ResnetShape{{9, 6}, {8, 16}, 1, 4, "silu", 2},
                                         ResnetShape{{2, 7, 8}, {8}, 1, 3, "elu", 3}));

void ExpectWithin(float actual, const Rounded& expected, const std::string& what) {
  EXPECT_NEAR(actual, expected.value, RoundingReach(kFailure) * expected.spread) << what;
}

TEST_P(JemNetworkTest, AgreesWithThePlainLoops) {
  std::vector<int32_t> classes(kRows, kNoClass);
  for (int64_t row = 0; row < kRows; row += 2) classes[row] = static_cast<int32_t>(row / 2) % GetParam().classes;
  const Answers got = Ask(classes);
  for (int64_t row = 0; row < kRows; ++row) {
    const std::vector<double> point = Point(row);
    const std::vector<Rounded> logits = oracle_.Logits(point);
    for (size_t y = 0; y < logits.size(); ++y) ExpectWithin(got.logits.row(row)[y], logits[y], "logit");
    ExpectWithin(got.log_density[row], oracle_.LogDensity(point, kNoClass), "log density");
    ExpectWithin(got.joint[row], oracle_.LogDensity(point, classes[row]), "joint log density");
    const std::vector<Rounded> gradient = oracle_.Gradient(point, classes[row]);
    for (size_t i = 0; i < gradient.size(); ++i) ExpectWithin(got.gradient.row(row)[i], gradient[i], "gradient");
  }
}

// Checks the oracle's gradient by central differences of its log density: half the width quarters the error.
TEST_P(JemNetworkTest, TheOraclesGradientIsTheSlopeOfItsLogDensity) {
  const std::vector<Rounded> gradient = oracle_.Gradient(Point(0), kNoClass);
  for (size_t i = 0; i < gradient.size(); ++i) {
    const auto slope = [&](double width) {
      std::vector<double> above = Point(0);
      std::vector<double> below = Point(0);
      above[i] += width;
      below[i] -= width;
      return (oracle_.LogDensity(above, kNoClass).value - oracle_.LogDensity(below, kNoClass).value) / (2 * width);
    };
    const double wide = slope(1e-5);
    const double narrow = slope(5e-6);
    EXPECT_NEAR(gradient[i].value, narrow, 2 * std::abs(wide - narrow) + 1e-8) << "coordinate " << i;
  }
}

// The comparison is meaningful: its tolerance is small compared with the numbers that it checks.
TEST_P(JemNetworkTest, TheAllowanceForRoundingIsSmall) {
  double largest = 0;
  double widest = 0;
  for (const Rounded& slope : oracle_.Gradient(Point(0), kNoClass)) {
    largest = std::max(largest, std::abs(slope.value));
    widest = std::max(widest, slope.spread);
  }
  EXPECT_LT(RoundingReach(kFailure) * widest, 3e-3 * largest);
}

TEST_P(JemNetworkTest, EveryWayToAskForANumberGivesTheSameBits) {
  const Answers marginal = Ask(std::vector<int32_t>(kRows, kNoClass));
  EXPECT_EQ(marginal.joint, marginal.log_density);
  std::vector<float> log_density(kRows);
  model_->LogDensity(x_.view(), log_density);
  EXPECT_EQ(log_density, marginal.log_density);
  for (int32_t y = 0; y < GetParam().classes; ++y) {
    const Answers joint = Ask(std::vector<int32_t>(kRows, y));
    for (int64_t row = 0; row < kRows; ++row) EXPECT_EQ(joint.joint[row], joint.logits.row(row)[y]);
  }
}

TEST_P(JemNetworkTest, ARowThatIsNoNumberSpoilsItsOwnAnswersAndNoOther) {
  const std::vector<int32_t> classes(kRows, 1);
  const Answers clean = Ask(classes);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    const float kept = x_.row(9)[0];
    x_.row(9)[0] = bad;
    const Answers got = Ask(classes);
    x_.row(9)[0] = kept;
    EXPECT_TRUE(std::isnan(got.log_density[9]) && std::isnan(got.joint[9])) << bad;
    for (const float slope : got.gradient.row(9)) EXPECT_TRUE(std::isnan(slope)) << bad;
    for (const float logit : got.logits.row(9)) EXPECT_TRUE(std::isnan(logit)) << bad;
    for (int64_t row = 0; row < kRows; ++row) {
      if (row == 9) continue;
      EXPECT_EQ(got.log_density[row], clean.log_density[row]) << bad;
      EXPECT_TRUE(std::ranges::equal(got.gradient.row(row), clean.gradient.row(row))) << bad;
    }
  }
}

TEST_P(JemNetworkTest, NewParametersMakeAnotherModel) {
  const TestModel other = RandomResnet(18, GetParam());
  std::vector<std::span<const float>> parameters;
  parameters.reserve(other.tensors.size());
  for (const NamedTensor& tensor : other.tensors) parameters.emplace_back(tensor.values);
  model_->adjustable_parameters()->SetParameters(parameters);
  const Answers got = Ask(std::vector<int32_t>(kRows, kNoClass));
  const std::unique_ptr<EnergyModel> fresh = *MakeEnergyModel(other.spec, other.tensors);
  std::vector<float> expected(kRows);
  fresh->LogDensity(x_.view(), expected);
  EXPECT_EQ(got.log_density, expected);
}

TEST(JemNetworkErrorsTest, RefusesBf16) {
  const TestModel resnet = RandomResnet(1, {{4, 4}, {8}, 1, 3});
  const auto model = MakeEnergyModel(resnet.spec, resnet.tensors, Precision::kBf16);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("jem_resnet has f32 only"));
}

TEST(JemNetworkErrorsTest, NamesATensorThatIsMissing) {
  TestModel resnet = RandomResnet(1, {{4, 4}, {8, 8}, 1, 3});
  std::erase_if(resnet.tensors,
                [](const NamedTensor& tensor) { return tensor.name == "groups.1.blocks.0.conv2.bias"; });
  const auto model = MakeEnergyModel(resnet.spec, resnet.tensors);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("groups.1.blocks.0.conv2.bias is missing"));
}

}  // namespace
}  // namespace ebm
