#include "model/offline/train/missing_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "model/base/gaussian_base.h"
#include "model/core/random.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/reference/normal_base.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

// By Gauss' tail, 6.2 standard deviations are exceeded with a probability below 1e-9.
constexpr double kReach = 6.2;

ModelSpec SpecWith(const char* base, int64_t dimension = testing::kTinyDimension) {
  ModelSpec spec = testing::TinySpec();
  spec.input_shape = {dimension};
  spec.base = base;
  return spec;
}

// A model without block conditionals: its missing values are draws from the base density alone.
class BaseAlone final : public EnergyModel {
 public:
  explicit BaseAlone(std::unique_ptr<const BaseDensity> base) : base_(std::move(base)) {}

  int64_t dimension() const override { return base_->dimension(); }
  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    base_->Evaluate(x, {}, log_density, Matrix());
  }
  const BaseDensity* base_density() const override { return base_.get(); }

 private:
  const std::unique_ptr<const BaseDensity> base_;
};

class RowGapsTest : public ::testing::Test {
 protected:
  std::vector<float> Filled(const RowVisit& visit) const {
    const std::span<const float> row = data_.rows.row(visit.row);
    std::vector<float> values(row.begin(), row.end());
    gaps_.Fill(energy_, visit, values);
    return values;
  }

  const BaseAlone energy_ = BaseAlone(std::make_unique<reference::NormalBase>(2, 0.0F, 1.0F));
  const LabelledData data_ = {.rows = MatrixBuffer({1, kGap, 2, 3, 4, 5}, 3, 2), .labels = {0, 0, 0}};
  const RowGaps gaps_ = RowGaps(&data_);
};

TEST_F(RowGapsTest, AreDrawnAnewAtEveryVisit) {
  const std::vector<float> first = Filled({.seed = 1, .row = 0, .epoch = 0});
  EXPECT_EQ(first[0], 1);
  EXPECT_TRUE(std::isfinite(first[1]));
  EXPECT_EQ(Filled({.seed = 1, .row = 0, .epoch = 0}), first);
  EXPECT_NE(Filled({.seed = 1, .row = 0, .epoch = 1}), first);
  EXPECT_NE(Filled({.seed = 2, .row = 0, .epoch = 0}), first);
}

TEST_F(RowGapsTest, OfCompleteRowsThereAreNone) {
  EXPECT_THAT(Filled({.row = 1}), ElementsAre(2, 3));
  std::vector<float> values = {7, 8};
  RowGaps().Fill(energy_, {.row = 0}, values);
  EXPECT_THAT(values, ElementsAre(7, 8));
}

// Coordinate 0 is about +0.6 in class 0 and -0.3 in the others, with a standard deviation of 0.1.
TEST_F(RowGapsTest, AreDrawnFromTheRowsClass) {
  const ModelSpec spec = SpecWith(kClassGaussiansBase);
  TrainingData data = testing::TinyData();
  const BaseFit base = *FitBase(spec, data.train, data.validation, 1);
  for (const int64_t row : {0, 1}) data.train.rows.row(row)[0] = kGap;
  const BaseAlone energy(*GaussianBase::Create(spec, base.tensors));
  const RowGaps gaps(&data.train);
  constexpr uint32_t kEpochs = 400;
  std::array<double, 2> means = {};
  for (uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
    for (uint32_t row = 0; row < 2; ++row) {
      std::vector<float> values(4);
      gaps.Fill(energy, {.seed = 1, .row = row, .epoch = epoch}, values);
      means[row] += values[0] / kEpochs;
    }
  }
  // The fit's own error is that of about 17 rows of a class, and the other coordinates shift the mean a little.
  EXPECT_NEAR(means[0], 0.6, 0.2);
  EXPECT_NEAR(means[1], -0.3, 0.2);
}

TEST(CompletedDataTest, DoesNotUseLabels) {
  const ModelSpec spec = SpecWith(kClassGaussiansBase);
  TrainingData data = testing::TinyData();
  const BaseFit base = *FitBase(spec, data.train, data.validation, 1);
  data.calibration = testing::TinyRows(20, 4);
  for (LabelledData* rows : {&data.train, &data.validation, &data.calibration, &*data.test}) {
    for (int64_t row = 0; row < rows->rows.rows(); row += 2) rows->rows.row(row)[row % 4] = kGap;
  }
  const TrainingData completed = *CompletedData(spec, base, data, 7);
  EXPECT_FALSE(HasMissing(completed));
  TrainingData relabelled = data;
  for (LabelledData* rows : {&relabelled.train, &relabelled.validation, &relabelled.calibration, &*relabelled.test}) {
    for (int32_t& label : rows->labels) label = (label + 1) % testing::kTinyClasses;
  }
  const TrainingData others = *CompletedData(spec, base, relabelled, 7);
  EXPECT_EQ(others.train.rows.values(), completed.train.rows.values());
  EXPECT_EQ(others.validation.rows.values(), completed.validation.rows.values());
  EXPECT_EQ(others.calibration.rows.values(), completed.calibration.rows.values());
  EXPECT_EQ(others.test->rows.values(), completed.test->rows.values());
}

constexpr int64_t kD = 3;
constexpr std::array<double, kD> kMean = {0.5, -1, 0.25};
// L of the covariance L L^T.
constexpr std::array<double, kD* kD> kFactor = {1, 0, 0, 0.9, 0.5, 0, -0.6, 0.4, 0.7};

LabelledData GaussianRows(int64_t n, uint64_t seed, double missing) {
  LabelledData data{MatrixBuffer(n, kD), std::vector<int32_t>(static_cast<size_t>(n), 0)};
  for (int64_t i = 0; i < n; ++i) {
    std::array<float, kD> noise{};
    std::array<float, kD> u{};
    FillNormal({.seed = seed, .chain = static_cast<uint32_t>(i)}, noise);
    FillUniform({.seed = seed, .chain = static_cast<uint32_t>(i), .step = 1}, u);
    for (int64_t d = 0; d < kD; ++d) {
      double value = kMean[d];
      for (int64_t k = 0; k <= d; ++k) value += kFactor[d * kD + k] * noise[k];
      data.rows.row(i)[d] = u[d] < missing ? kGap : static_cast<float>(value);
    }
  }
  return data;
}

// L L^T, [D, D].
std::vector<double> SquareOf(std::span<const double> factor) {
  std::vector<double> square(kD * kD);
  for (int64_t i = 0; i < kD; ++i) {
    for (int64_t j = 0; j < kD; ++j) {
      for (int64_t k = 0; k < kD; ++k) square[i * kD + j] += factor[i * kD + k] * factor[j * kD + k];
    }
  }
  return square;
}

// The inverse of a lower triangular matrix.
std::vector<double> InverseOf(std::span<const float> w) {
  std::vector<double> inverse(kD * kD);
  for (int64_t column = 0; column < kD; ++column) {
    for (int64_t i = column; i < kD; ++i) {
      double sum = i == column ? 1 : 0;
      for (int64_t k = column; k < i; ++k) sum -= w[i * kD + k] * inverse[k * kD + column];
      inverse[i * kD + column] = sum / w[i * kD + i];
    }
  }
  return inverse;
}

// With a share q = 0.2 of the values removed, a mean is estimated from at least (1 - q) n values and a covariance from
// (1 - q)^2 n pairs; the single draw in each gap adds at most q and 2 q of a complete sample's variance. So the
// variances are below 1.5 s_ii / n and 2 (s_ii s_jj + s_ij^2) / n. Gaps filled by means would lower the variances by
// a fifth, several times this tolerance.
TEST(FitBaseWithGapsTest, RecoversMeanAndCovarianceFromRowsWithAFifthOfTheirValuesRemoved) {
  constexpr int64_t kRows = 20000;
  const ModelSpec spec = SpecWith(kGaussianBase, kD);
  const TrainingData data = {.train = GaussianRows(kRows, 1, 0.2), .validation = GaussianRows(2000, 2, 0.2)};
  const BaseFit fit = *FitBaseWithGaps(spec, data, 5);
  const std::vector<double> expected = SquareOf(kFactor);
  const std::vector<double> covariance = SquareOf(InverseOf(fit.tensors[2].values));
  for (int64_t i = 0; i < kD; ++i) {
    EXPECT_NEAR(fit.tensors[1].values[i], kMean[i], kReach * std::sqrt(1.5 * expected[i * kD + i] / kRows)) << i;
    for (int64_t j = 0; j < kD; ++j) {
      const double s = expected[i * kD + j];
      const double variance = 2 * (expected[i * kD + i] * expected[j * kD + j] + s * s) / kRows;
      const double ridge = 1e-3 * expected[i * kD + i];  // the least that a fit may choose
      EXPECT_NEAR(covariance[i * kD + j], s, kReach * std::sqrt(variance) + ridge) << i << ", " << j;
    }
  }
}

TEST(FitBaseWithGapsTest, OfCompleteRowsIsFitBase) {
  const ModelSpec spec = SpecWith(kClassGaussiansBase);
  const TrainingData data = testing::TinyData();
  const BaseFit with = *FitBaseWithGaps(spec, data, 5);
  const BaseFit without = *FitBase(spec, data.train, data.validation, 5);
  for (size_t t = 0; t < with.tensors.size(); ++t) EXPECT_EQ(with.tensors[t].values, without.tensors[t].values);
}

// Otherwise a class would be recognised by a value that it never had.
TEST(FitBaseWithGapsTest, AColumnThatAClassLacksHasTheSpreadOfTheOthers) {
  const ModelSpec spec = SpecWith(kClassGaussiansBase);
  TrainingData data = testing::TinyData();
  for (LabelledData* rows : {&data.train, &data.validation}) {
    for (int64_t i = 0; i < rows->rows.rows(); ++i) {
      if (rows->labels[i] == 0) rows->rows.row(i)[3] = kGap;
    }
  }
  const auto base = *GaussianBase::Create(spec, FitBaseWithGaps(spec, data, 5)->tensors);
  MatrixBuffer draws(1000, 4);
  base->Draw(1, 0, 0, draws.view());
  double mean = 0;
  double square = 0;
  for (int64_t i = 0; i < draws.rows(); ++i) {
    mean += draws.row(i)[3] / 1000;
    square += double{draws.row(i)[3]} * draws.row(i)[3] / 1000;
  }
  EXPECT_NEAR(mean, -0.3, 0.15);
  EXPECT_GT(std::sqrt(square - mean * mean), 0.05) << "half of the others' spread";
}

TEST(FitBaseWithGapsTest, ARowWithoutAnyValueAndAColumnThatNoRowHasAreFitted) {
  const ModelSpec spec = SpecWith(kGaussianBase, kD);
  TrainingData data = {.train = GaussianRows(200, 1, 0), .validation = GaussianRows(50, 2, 0)};
  for (int64_t d = 0; d < kD; ++d) data.train.rows.row(0)[d] = kGap;
  for (LabelledData* rows : {&data.train, &data.validation}) {
    for (int64_t i = 0; i < rows->rows.rows(); ++i) rows->rows.row(i)[1] = kGap;
  }
  const auto fit = FitBaseWithGaps(spec, data, 5);
  ASSERT_TRUE(fit.ok()) << fit.status();
  for (const float value : fit->tensors[2].values) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace ebm
