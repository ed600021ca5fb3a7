#include "model/energy/jem_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/spec/activation.h"
#include "tests/reference/mlp_oracle.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using reference::kAllowedFailure;
using reference::MlpOracle;
using reference::MlpShape;
using reference::RandomMlp;
using reference::Rounded;
using reference::RoundingReach;
using reference::TestModel;

constexpr double kFailure = kAllowedFailure / 10000;  // more checks than any test here makes
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::unique_ptr<EnergyModel> Make(const TestModel& mlp) { return *MakeEnergyModel(mlp.spec, mlp.tensors); }

MatrixBuffer NormalRows(uint64_t seed, int64_t rows, int64_t dimension, float stddev = 1.0F) {
  std::vector<float> values(rows * dimension);
  FillNormal({.seed = seed, .stream = RandomStream::kDataNoise}, values);
  for (float& value : values) value *= stddev;
  return MatrixBuffer(values, rows, dimension);
}

std::vector<double> Doubles(std::span<const float> row) { return {row.begin(), row.end()}; }

struct Evaluation {
  std::vector<float> log_density;
  MatrixBuffer gradient;
};

Evaluation Evaluate(const EnergyModel& model, ConstMatrix x, const std::vector<int32_t>& classes) {
  Evaluation result = {std::vector<float>(x.rows()), MatrixBuffer(x.rows(), x.cols())};
  model.log_density_gradient()->Evaluate(x, classes, result.log_density, result.gradient.view());
  return result;
}

MatrixBuffer Logits(const EnergyModel& model, ConstMatrix x) {
  MatrixBuffer logits(x.rows(), model.class_logits()->num_classes());
  std::vector<float> log_density(x.rows());
  model.class_logits()->Logits(x, logits.view(), log_density);
  return logits;
}

void ExpectWithin(float actual, const Rounded& expected, const std::string& what) {
  EXPECT_NEAR(actual, expected.value, RoundingReach(kFailure) * expected.spread) << what;
}

void ExpectAllWithin(std::span<const float> actual, const std::vector<Rounded>& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ExpectWithin(actual[i], expected[i], what + " " + std::to_string(i));
}

// Compares every output for every row of x with the oracle, without a class and with each class in turn.
void ExpectMatchesOracle(const TestModel& mlp, ConstMatrix x) {
  const auto model = Make(mlp);
  const MlpOracle oracle(mlp.tensors, *FindActivation(mlp.spec.activation));
  const MatrixBuffer logits = Logits(*model, x);
  const auto num_classes = static_cast<int32_t>(model->class_logits()->num_classes());
  std::vector<int32_t> classes(x.rows(), kNoClass);
  for (int64_t row = 0; row < x.rows(); row += 2) classes[row] = static_cast<int32_t>(row / 2) % num_classes;
  const Evaluation got = Evaluate(*model, x, classes);
  for (int64_t row = 0; row < x.rows(); ++row) {
    const std::vector<double> point = Doubles(x.row(row));
    ExpectAllWithin(logits.row(row), oracle.Logits(point), "logit");
    ExpectWithin(got.log_density[row], oracle.LogDensity(point, classes[row]), "log density");
    ExpectAllWithin(got.gradient.row(row), oracle.Gradient(point, classes[row]), "gradient");
  }
}

class JemMlpTest : public testing::TestWithParam<MlpShape> {
 protected:
  TestModel Mlp() const { return RandomMlp(17, GetParam()); }
  MatrixBuffer Rows(int64_t rows) const { return NormalRows(23, rows, GetParam().dimension); }
};

INSTANTIATE_TEST_SUITE_P(Shapes, JemMlpTest,
                         testing::Values(MlpShape{1, {1}, 2}, MlpShape{5, {7}, 3}, MlpShape{64, {33, 17}, 10},
                                         MlpShape{13, {31, 8, 5}, 4}, MlpShape{9, {16, 3, 21, 11}, 7},
                                         MlpShape{64, {96, 96, 96}, 10}));

TEST_P(JemMlpTest, AgreesWithThePlainLoops) { ExpectMatchesOracle(Mlp(), Rows(19).view()); }

TEST_P(JemMlpTest, ASingleRowAgreesWithThePlainLoops) { ExpectMatchesOracle(Mlp(), Rows(1).view()); }

TEST_P(JemMlpTest, EveryActivationAgreesWithThePlainLoops) {
  TestModel mlp = Mlp();
  for (const char* activation : {"silu", "relu", "softplus", "leaky_relu"}) {
    SCOPED_TRACE(activation);
    mlp.spec.activation = activation;
    ExpectMatchesOracle(mlp, Rows(7).view());
  }
}

// The comparison is meaningful: its tolerance is small compared with the numbers that it checks.
TEST_P(JemMlpTest, TheAllowanceForRoundingIsSmall) {
  const MlpOracle oracle(Mlp().tensors);
  const std::vector<double> point = Doubles(Rows(1).row(0));
  double largest = 0;
  double widest = 0;
  for (const Rounded& slope : oracle.Gradient(point, kNoClass)) {
    largest = std::max(largest, std::abs(slope.value));
    widest = std::max(widest, slope.spread);
  }
  EXPECT_LT(RoundingReach(kFailure) * widest, 1e-3 * largest);
}

TEST_P(JemMlpTest, GradientsAgreeWithCentralDifferences) {
  const TestModel mlp = Mlp();
  const auto model = Make(mlp);
  const MlpOracle oracle(mlp.tensors);
  const MatrixBuffer x = Rows(2);
  const std::vector<int32_t> classes = {kNoClass, 1};
  const Evaluation got = Evaluate(*model, x.view(), classes);
  for (int64_t row = 0; row < 2; ++row) {
    const std::vector<double> point = Doubles(x.row(row));
    const std::vector<Rounded> gradient = oracle.Gradient(point, classes[row]);
    for (size_t i = 0; i < point.size(); ++i) {
      const MlpOracle::Difference slope = oracle.CentralDifference(point, classes[row], i);
      EXPECT_LT(slope.error, 1e-4);
      const double rounding = RoundingReach(kFailure) * gradient[i].spread;
      EXPECT_NEAR(got.gradient.row(row)[i], slope.value, slope.error + rounding) << "coordinate " << i;
    }
  }
}

// All methods that return the same number return the same bits.
TEST_P(JemMlpTest, LogDensityLogitsAndEvaluateAgreeBitForBit) {
  const auto model = Make(Mlp());
  const MatrixBuffer x = Rows(16);
  std::vector<float> log_density(16);
  model->LogDensity(x.view(), log_density);
  EXPECT_EQ(Evaluate(*model, x.view(), std::vector<int32_t>(16, kNoClass)).log_density, log_density);
  const MatrixBuffer logits = Logits(*model, x.view());
  for (int32_t y = 0; y < GetParam().classes; ++y) {
    const Evaluation got = Evaluate(*model, x.view(), std::vector<int32_t>(16, y));
    for (int64_t row = 0; row < 16; ++row) EXPECT_EQ(got.log_density[row], logits.row(row)[y]);
  }
}

TEST_P(JemMlpTest, ANanInARowIsSeenInEveryOutputOfThatRowAndNoOther) {
  const auto model = Make(Mlp());
  for (const int32_t y : {kNoClass, 1}) {
    MatrixBuffer x = Rows(16);
    const Evaluation clean = Evaluate(*model, x.view(), std::vector<int32_t>(16, y));
    x.row(15)[0] = kNan;
    const Evaluation got = Evaluate(*model, x.view(), std::vector<int32_t>(16, y));
    EXPECT_TRUE(std::isnan(got.log_density[15]));
    for (const float slope : got.gradient.row(15)) EXPECT_TRUE(std::isnan(slope)) << "class " << y;
    for (int64_t row = 0; row < 15; ++row) {
      EXPECT_EQ(got.log_density[row], clean.log_density[row]);
      EXPECT_TRUE(std::ranges::equal(got.gradient.row(row), clean.gradient.row(row)));
    }
  }
}

TEST(JemMlpExtremesTest, LargeInputsAgreeWithThePlainLoops) {
  for (const float size : {1e1F, 1e2F, 1e3F, 1e4F}) {
    ExpectMatchesOracle(RandomMlp(5, {6, {9, 7}, 3}), NormalRows(8, 8, 6, size).view());
  }
}

// max f <= LSE f <= max f + ln K, and nothing overflows on the way.
TEST(JemMlpExtremesTest, HugeInputsStayFinite) {
  const auto model = Make(RandomMlp(5, {6, {9, 7}, 3}));
  for (const float size : {1e6F, 1e12F, 1e30F}) {
    const MatrixBuffer x = NormalRows(9, 8, 6, size);
    const MatrixBuffer logits = Logits(*model, x.view());
    const Evaluation got = Evaluate(*model, x.view(), std::vector<int32_t>(8, kNoClass));
    for (int64_t row = 0; row < 8; ++row) {
      const float largest = *std::ranges::max_element(logits.row(row));
      EXPECT_GE(got.log_density[row], largest);
      EXPECT_LE(got.log_density[row], largest + std::log(3.0F) + 4 * 0x1p-24F * std::abs(largest));
    }
    for (const float slope : got.gradient.values()) EXPECT_TRUE(std::isfinite(slope));
  }
}

// Biases of -200 bring every unit of the first layer to where exp underflows, so that the outputs do not depend on x.
TEST(JemMlpExtremesTest, SaturatedUnitsPassNoGradient) {
  TestModel mlp = RandomMlp(6, {4, {5, 3}, 2});
  std::ranges::fill(mlp.tensors[1].values, -200.0F);
  const MatrixBuffer x = NormalRows(10, 3, 4);
  ExpectMatchesOracle(mlp, x.view());
  EXPECT_EQ(Evaluate(*Make(mlp), x.view(), {kNoClass, 0, 1}).gradient.values(), std::vector<float>(12, 0.0F));
}

// At a = 0 both sides of the ELU have slope 1.
TEST(JemMlpExtremesTest, TheKinkHasSlopeOne) {
  TestModel mlp = RandomMlp(7, {3, {4}, 2});
  std::ranges::fill(mlp.tensors[1].values, 0.0F);
  ExpectMatchesOracle(mlp, MatrixBuffer(2, 3).view());
}

TEST(JemMlpExtremesTest, TiedLogitsShareTheGradient) {
  TestModel mlp = RandomMlp(8, {5, {6}, 3});
  std::vector<float>& weight = mlp.tensors[2].values;
  for (size_t i = 6; i < weight.size(); ++i) weight[i] = weight[i - 6];
  std::ranges::fill(mlp.tensors[3].values, 0.5F);
  const MatrixBuffer x = NormalRows(11, 6, 5);
  ExpectMatchesOracle(mlp, x.view());
  const auto model = Make(mlp);
  const Evaluation all = Evaluate(*model, x.view(), std::vector<int32_t>(6, kNoClass));
  const Evaluation one = Evaluate(*model, x.view(), std::vector<int32_t>(6, 0));
  for (size_t row = 0; row < 6; ++row) EXPECT_NEAR(all.log_density[row] - one.log_density[row], std::log(3), 1e-5);
}

// With all weights zero the density is flat: ln p~ = LSE of the last biases.
TEST(JemMlpExtremesTest, ANetworkOfZerosIsFlat) {
  TestModel mlp = RandomMlp(9, {4, {5}, 10});
  for (NamedTensor& tensor : mlp.tensors) std::ranges::fill(tensor.values, 0.0F);
  const Evaluation got = Evaluate(*Make(mlp), NormalRows(12, 2, 4).view(), {kNoClass, 3});
  EXPECT_FLOAT_EQ(got.log_density[0], std::log(10.0F));
  EXPECT_EQ(got.log_density[1], 0.0F);
  EXPECT_EQ(got.gradient.values(), std::vector<float>(8, 0.0F));
}

}  // namespace
}  // namespace ebm
