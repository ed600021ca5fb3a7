#include "model/base/defensive_base.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "model/base/uniform_base.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/gaussian_base_oracle.h"
#include "tests/reference/random_base.h"

namespace ebm {
namespace {

using reference::GaussianBaseOracle;

constexpr int64_t kRows = 12;
constexpr int64_t kDimension = 5;
constexpr int32_t kClasses = 3;

class DefensiveBaseTest : public ::testing::Test {
 protected:
  // ln d_y by plain loops in double precision.
  double Expected(const std::vector<double>& x, int32_t y) const {
    const double whole = oracle_.LogBase(x).value;
    if (y == kNoClass) return whole;
    return std::log((std::exp(whole) + std::exp(oracle_.LogBase(x, y).value)) / 2);
  }

  std::vector<double> Row(int64_t row) const { return {rows_.row(row).begin(), rows_.row(row).end()}; }

  static MatrixBuffer NormalRows() {
    std::vector<float> values(kRows * kDimension);
    FillNormal({.seed = 3, .stream = RandomStream::kDataNoise}, values);
    return MatrixBuffer(values, kRows, kDimension);
  }

  const reference::TestModel model_ =
      reference::WithRandomBase(71, kClassGaussiansBase, 0.3F, reference::RandomMlp(70, {kDimension, {3}, kClasses}));
  const GaussianBaseOracle oracle_ = GaussianBaseOracle(model_);
  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(model_.spec, model_.tensors);
  const DefensiveBase base_ = DefensiveBase(*energy_->base_density(), kRows);
  const MatrixBuffer rows_ = NormalRows();
  const std::vector<int32_t> classes_ = {0, kNoClass, 1, 2, kNoClass, 0, 1, 2, 0, 1, 2, kNoClass};
};

// Checks the gradient by central differences of the oracle: Metropolis chains are correct with any gradient, so a
// statistical test would not detect a wrong one.
TEST_F(DefensiveBaseTest, IsHalfTheClassAndHalfTheWhole) {
  constexpr double kWidth = 1e-4;
  std::vector<float> log_density(kRows);
  MatrixBuffer gradient(kRows, kDimension);
  base_.Evaluate(rows_.view(), classes_, log_density, gradient.view());
  for (int64_t row = 0; row < kRows; ++row) {
    const std::vector<double> x = Row(row);
    EXPECT_NEAR(log_density[row], Expected(x, classes_[row]), 1e-5 * (1 + std::abs(Expected(x, classes_[row])))) << row;
    for (int64_t i = 0; i < kDimension; ++i) {
      std::vector<double> above = x;
      std::vector<double> below = x;
      above[i] += kWidth;
      below[i] -= kWidth;
      const double slope = (Expected(above, classes_[row]) - Expected(below, classes_[row])) / (2 * kWidth);
      EXPECT_NEAR(gradient.row(row)[i], slope, 1e-4 * (1 + std::abs(slope))) << row << ", " << i;
    }
  }
}

TEST_F(DefensiveBaseTest, TheDensityAloneHasTheSameBits) {
  std::vector<float> with_gradient(kRows);
  std::vector<float> alone(kRows);
  MatrixBuffer gradient(kRows, kDimension);
  base_.Evaluate(rows_.view(), classes_, with_gradient, gradient.view());
  base_.Evaluate(rows_.view(), classes_, alone, Matrix());
  EXPECT_EQ(alone, with_gradient);
}

TEST_F(DefensiveBaseTest, ARowsNeighboursAndTheirClassesDoNotMatter) {
  std::vector<float> together(kRows);
  base_.Evaluate(rows_.view(), classes_, together, Matrix());
  for (int64_t row = 0; row < kRows; ++row) {
    float alone = 0;
    base_.Evaluate(rows_.view().rows_from(row, 1), std::span(classes_).subspan(row, 1), {&alone, 1}, Matrix());
    EXPECT_EQ(alone, together[row]) << row;
  }
}

TEST_F(DefensiveBaseTest, OfABaseWithoutClassesItIsThatBase) {
  const UniformBase uniform(2, {0, 4});
  const DefensiveBase base(uniform, 2);
  const std::vector<float> inside_and_outside = {1, 3, 1, 5};
  const std::vector<int32_t> classes = {1, 1};
  std::vector<float> log_density(2);
  base.Evaluate({inside_and_outside.data(), 2, 2}, classes, log_density, Matrix());
  EXPECT_NEAR(log_density[0], -std::log(16), 1e-6);
  EXPECT_EQ(log_density[1], -std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace ebm
