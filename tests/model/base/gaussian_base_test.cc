#include "model/base/gaussian_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/networks/process_settings.h"
#include "tests/reference/gaussian_base_oracle.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_resnet.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::GaussianBaseOracle;
using reference::kAllowedFailure;
using reference::RandomMlp;
using reference::Rounded;
using reference::RoundingReach;
using reference::TestModel;
using reference::WithRandomBase;
using testing::HasSubstr;

constexpr double kFailure = kAllowedFailure / 10000;  // more checks than any test here makes

std::vector<double> Doubles(std::span<const float> row) { return {row.begin(), row.end()}; }

MatrixBuffer NormalRows(uint64_t seed, int64_t rows, int64_t dimension) {
  std::vector<float> values(rows * dimension);
  FillNormal({.seed = seed, .stream = RandomStream::kDataNoise}, values);
  return MatrixBuffer(values, rows, dimension);
}

void ExpectWithin(float actual, const Rounded& expected, const std::string& what) {
  EXPECT_NEAR(actual, expected.value, RoundingReach(kFailure) * expected.spread) << what;
}

std::vector<TestModel> ModelsOnBases() {
  std::vector<TestModel> models;
  for (const reference::MlpShape& shape : {reference::MlpShape{1, {3}, 2}, reference::MlpShape{17, {9}, 3}}) {
    models.push_back(WithRandomBase(71, kGaussianBase, 0, RandomMlp(70, shape)));
  }
  for (const float evidence : {0.0F, 0.3F, 1.0F}) {
    for (const reference::MlpShape& shape :
         {reference::MlpShape{1, {3}, 2}, reference::MlpShape{33, {17, 5}, 7}, reference::MlpShape{64, {33}, 10}}) {
      models.push_back(WithRandomBase(71, kClassGaussiansBase, evidence, RandomMlp(70, shape)));
    }
  }
  return models;
}

class ModelOnABaseTest : public testing::TestWithParam<TestModel> {
 protected:
  // Every second row has a class, the others have none.
  std::vector<int32_t> EverySecondRowsClass() const {
    std::vector<int32_t> classes(rows_.rows(), kNoClass);
    const auto num_classes = static_cast<int32_t>(model_.spec.num_classes());
    for (int64_t row = 0; row < rows_.rows(); row += 2) classes[row] = static_cast<int32_t>(row / 2) % num_classes;
    return classes;
  }

  const TestModel model_ = GetParam();
  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(model_.spec, model_.tensors);
  const GaussianBaseOracle oracle_ = GaussianBaseOracle(model_);
  const MatrixBuffer rows_ = NormalRows(72, 37, model_.spec.dimension());  // more than a chunk
};

INSTANTIATE_TEST_SUITE_P(Bases, ModelOnABaseTest, testing::ValuesIn(ModelsOnBases()),
                         [](const auto& info) { return info.param.spec.base + "_" + std::to_string(info.index); });

TEST_P(ModelOnABaseTest, LogitsAgreeWithThePlainLoops) {
  MatrixBuffer logits(rows_.rows(), model_.spec.num_classes());
  std::vector<float> log_density(rows_.rows());
  energy_->class_logits()->Logits(rows_.view(), logits.view(), log_density);
  for (int64_t row = 0; row < rows_.rows(); ++row) {
    const std::vector<Rounded> expected = oracle_.Logits(Doubles(rows_.row(row)));
    for (size_t y = 0; y < expected.size(); ++y) ExpectWithin(logits.row(row)[y], expected[y], "logit");
    ExpectWithin(log_density[row], oracle_.LogDensity(Doubles(rows_.row(row)), kNoClass), "log density");
  }
}

TEST_P(ModelOnABaseTest, GradientsAgreeWithThePlainLoops) {
  const std::vector<int32_t> classes = EverySecondRowsClass();
  std::vector<float> log_density(rows_.rows());
  MatrixBuffer gradient(rows_.rows(), rows_.cols());
  energy_->log_density_gradient()->Evaluate(rows_.view(), classes, log_density, gradient.view());
  for (int64_t row = 0; row < rows_.rows(); ++row) {
    const std::vector<double> x = Doubles(rows_.row(row));
    ExpectWithin(log_density[row], oracle_.LogDensity(x, classes[row]), "log density");
    const std::vector<Rounded> expected = oracle_.Gradient(x, classes[row]);
    for (size_t j = 0; j < expected.size(); ++j) ExpectWithin(gradient.row(row)[j], expected[j], "gradient");
  }
}

// Checks the oracle's gradient against its own log density, so that an error in both would be detected.
TEST_P(ModelOnABaseTest, GradientsAgreeWithCentralDifferences) {
  constexpr double kWidth = 1e-4;
  for (const int32_t y : {kNoClass, int32_t{0}, int32_t{1}}) {
    std::vector<double> x = Doubles(rows_.row(0));
    const std::vector<Rounded> gradient = oracle_.Gradient(x, y);
    for (size_t j = 0; j < x.size(); ++j) {
      const auto slope = [&](double width) {
        std::vector<double> moved = x;
        moved[j] += width;
        const double above = oracle_.LogDensity(moved, y).value;
        moved[j] -= 2 * width;
        return (above - oracle_.LogDensity(moved, y).value) / (2 * width);
      };
      const double narrow = slope(kWidth / 2);
      const double error =
          2 * std::abs(slope(kWidth) - narrow) + 1e-12 * (1 + std::abs(oracle_.LogBase(x).value)) / kWidth;
      EXPECT_NEAR(gradient[j].value, narrow, error) << "class " << y << ", coordinate " << j;
    }
  }
}

TEST_P(ModelOnABaseTest, TheBaseAloneAgreesWithThePlainLoops) {
  const std::vector<int32_t> classes = EverySecondRowsClass();
  std::vector<float> log_density(rows_.rows());
  MatrixBuffer gradient(rows_.rows(), rows_.cols());
  energy_->base_density()->Evaluate(rows_.view(), classes, log_density, gradient.view());
  for (int64_t row = 0; row < rows_.rows(); ++row) {
    const std::vector<double> x = Doubles(rows_.row(row));
    ExpectWithin(log_density[row], oracle_.LogBase(x, classes[row]), "log density");
    const std::vector<Rounded> expected = oracle_.BaseGradient(x, classes[row]);
    for (size_t j = 0; j < expected.size(); ++j) ExpectWithin(gradient.row(row)[j], expected[j], "gradient");
  }
}

TEST_P(ModelOnABaseTest, TheDensityAloneHasTheSameBits) {
  std::vector<float> with_gradient(rows_.rows());
  std::vector<float> alone(rows_.rows());
  MatrixBuffer gradient(rows_.rows(), rows_.cols());
  energy_->base_density()->Evaluate(rows_.view(), {}, with_gradient, gradient.view());
  energy_->base_density()->Evaluate(rows_.view(), {}, alone, Matrix());
  EXPECT_EQ(alone, with_gradient);
}

// For class y, z = W_y (x - mu_y) is standard normal and the sum of its squares is chi-square.
TEST_P(ModelOnABaseTest, DrawsOfAClassHaveItsDistribution) {
  constexpr int64_t kDraws = 4096;
  const bool by_class = model_.spec.base == kClassGaussiansBase;
  const int32_t last = by_class ? static_cast<int32_t>(model_.spec.num_classes()) - 1 : 0;
  MatrixBuffer draws(kDraws, rows_.cols());
  energy_->base_density()->Draw(73, 5, by_class ? last : kNoClass, draws.view());
  std::vector<std::vector<double>> whitened(rows_.cols());
  for (int64_t row = 0; row < kDraws; ++row) {
    const std::vector<Rounded> z = oracle_.Whitened(Doubles(draws.row(row)), last);
    for (size_t i = 0; i < z.size(); ++i) whitened[i].push_back(z[i].value);
  }
  for (const std::vector<double>& coordinate : whitened) {
    EXPECT_TRUE(reference::HasNormalMean(coordinate, 0, 1, kFailure));
    EXPECT_TRUE(reference::HasNormalVariance(coordinate, 0, 1, kFailure));
  }
}

TEST_P(ModelOnABaseTest, DrawsDependOnSeedAndChainAlone) {
  MatrixBuffer all(8, rows_.cols());
  MatrixBuffer some(3, rows_.cols());
  energy_->base_density()->Draw(74, 10, kNoClass, all.view());
  energy_->base_density()->Draw(74, 13, kNoClass, some.view());
  for (int64_t row = 0; row < 3; ++row) {
    EXPECT_TRUE(std::ranges::equal(some.row(row), all.row(row + 3))) << "row " << row;
  }
  energy_->base_density()->Draw(75, 13, kNoClass, some.view());
  EXPECT_FALSE(std::ranges::equal(some.row(0), all.row(3)));
}

// The components are far apart, so a draw shows which component it comes from.
TEST(GaussianBaseTest, DrawsFallOnComponentsByTheirWeights) {
  TestModel model = WithRandomBase(76, kClassGaussiansBase, 0, RandomMlp(70, {1, {2}, 4}));
  const std::vector<float> weights = {0.4F, 0.3F, 0.2F, 0.1F};
  for (size_t c = 0; c < weights.size(); ++c) {
    model.tensors.end()[-3].values[c] = std::log(weights[c]);
    model.tensors.end()[-2].values[c] = 1000.0F * static_cast<float>(c);
    model.tensors.end()[-1].values[c] = 1;
  }
  const auto base = *GaussianBase::Create(model.spec, model.tensors);
  constexpr int64_t kDraws = 20000;
  MatrixBuffer draws(kDraws, 1);
  base->Draw(77, 0, kNoClass, draws.view());
  std::vector<double> counts(weights.size());
  for (const float value : draws.values()) ++counts[std::lround(value / 1000)];
  double chi_square = 0;
  for (size_t c = 0; c < weights.size(); ++c) {
    const double expected = weights[c] * kDraws;
    chi_square += (counts[c] - expected) * (counts[c] - expected) / expected;
  }
  EXPECT_LT(chi_square, reference::ChiSquareUpper(3, kAllowedFailure));
}

// Midpoint rule on a grid: for a smooth density that vanishes at the borders, its error is far below that of float32.
TEST(GaussianBaseTest, IntegratesToOne) {
  const TestModel model = WithRandomBase(78, kClassGaussiansBase, 0, RandomMlp(70, {2, {2}, 3}));
  const auto base = *GaussianBase::Create(model.spec, model.tensors);
  constexpr int64_t kSide = 400;
  constexpr double kReach = 12;
  constexpr double kCell = 2 * kReach / kSide;
  MatrixBuffer grid(kSide * kSide, 2);
  for (int64_t i = 0; i < kSide * kSide; ++i) {
    const int64_t line = i / kSide;
    const int64_t column = i % kSide;
    grid.row(i)[0] = static_cast<float>((static_cast<double>(line) + 0.5) * kCell - kReach);
    grid.row(i)[1] = static_cast<float>((static_cast<double>(column) + 0.5) * kCell - kReach);
  }
  std::vector<float> log_density(grid.rows());
  MatrixBuffer gradient(grid.rows(), 2);
  base->Evaluate(std::as_const(grid).view(), {}, log_density, gradient.view());
  double mass = 0;
  for (const float value : log_density) mass += std::exp(double{value}) * kCell * kCell;
  EXPECT_NEAR(mass, 1, 1e-4);
}

TEST(GaussianBaseTest, AResidualNetworkCanHaveItToo) {
  PrepareProcess();
  const TestModel alone = reference::RandomResnet(79, {{8, 8}, {8, 16}, 1, 10, "silu"});
  const TestModel model = WithRandomBase(80, kClassGaussiansBase, 0, alone);
  const auto network = *MakeEnergyModel(alone.spec, alone.tensors);
  const auto energy = *MakeEnergyModel(model.spec, model.tensors);
  const MatrixBuffer rows = NormalRows(81, 11, 64);
  std::vector<int32_t> classes(11, kNoClass);
  classes[3] = 4;
  const auto evaluate = [&](auto&& call) {
    std::pair<std::vector<float>, MatrixBuffer> answer = {std::vector<float>(11), MatrixBuffer(11, 64)};
    call(answer.first, answer.second.view());
    return answer;
  };
  const auto of_network = evaluate([&](auto& log_density, Matrix gradient) {
    network->log_density_gradient()->Evaluate(rows.view(), classes, log_density, gradient);
  });
  const auto of_base = evaluate([&](auto& log_density, Matrix gradient) {
    energy->base_density()->Evaluate(rows.view(), {}, log_density, gradient);
  });
  const auto of_both = evaluate([&](auto& log_density, Matrix gradient) {
    energy->log_density_gradient()->Evaluate(rows.view(), classes, log_density, gradient);
  });
  // The sums are equal up to a few roundings of their terms.
  for (int64_t row = 0; row < 11; ++row) {
    const double scale = std::abs(of_network.first[row]) + std::abs(of_base.first[row]);
    EXPECT_NEAR(of_both.first[row], of_network.first[row] + of_base.first[row], 8 * 0x1p-24 * scale);
    for (int64_t j = 0; j < 64; ++j) {
      const float network_slope = of_network.second.row(row)[j];
      const float base_slope = of_base.second.row(row)[j];
      // v changes by the roundings of the logits, and so does the network's gradient.
      const double reach = 64 * 0x1p-24 * (scale * std::abs(network_slope) + std::abs(base_slope)) + 1e-5;
      EXPECT_NEAR(of_both.second.row(row)[j], network_slope + base_slope, reach);
    }
  }
}

class RefusedBaseTest : public testing::Test {
 protected:
  std::string Message() const {
    return std::string(GaussianBase::Create(model_.spec, model_.tensors).status().message());
  }

  TestModel model_ = WithRandomBase(82, kClassGaussiansBase, 0.5F, RandomMlp(70, {4, {3}, 3}));
};

TEST_F(RefusedBaseTest, NoneIsRefusedAsItIs) { EXPECT_EQ(Message(), ""); }

TEST_F(RefusedBaseTest, RefusesWeightsThatAreNotProbabilities) {
  model_.tensors.end()[-3].values[1] += 0.1F;
  EXPECT_THAT(Message(), HasSubstr("base.log_weights: the weights sum to 1.0"));
}

TEST_F(RefusedBaseTest, RefusesADiagonalThatIsNotAboveZero) {
  model_.tensors.end()[-1].values[16 + 5] = 0;
  EXPECT_THAT(Message(), HasSubstr("base.whitening has 0 on its diagonal"));
}

TEST_F(RefusedBaseTest, NamesAMissingTensor) {
  model_.tensors.pop_back();
  EXPECT_THAT(Message(), HasSubstr("tensor base.whitening is missing"));
}

TEST_F(RefusedBaseTest, NamesATensorOfNeitherNetworkNorBase) {
  model_.tensors.push_back({.name = "base.extra", .shape = {1}, .values = {0}});
  EXPECT_THAT(Message(), HasSubstr("tensor base.extra is not part of the model"));
  EXPECT_THAT(std::string(MakeEnergyModel(model_.spec, model_.tensors).status().message()), HasSubstr("base.extra"));
}

}  // namespace
}  // namespace ebm
