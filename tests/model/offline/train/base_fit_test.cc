#include "model/offline/train/base_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "model/base/gaussian_base.h"
#include "model/core/random.h"
#include "model/offline/data/dequantisation.h"
#include "model/offline/train/run_seeds.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/reference/quantiles.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

ModelSpec SpecOn(const char* base, float data_step = 0) {
  ModelSpec spec = testing::TinySpec();
  spec.base = base;
  spec.columns.front().step = data_step;
  return spec;
}

// W^T W of a component, [D, D]: the inverse of its covariance.
std::vector<double> PrecisionOf(const BaseFit& fit, int64_t component) {
  constexpr int64_t kD = testing::kTinyDimension;
  const float* w = fit.tensors[2].values.data() + component * kD * kD;
  std::vector<double> precision(kD * kD);
  for (int64_t k = 0; k < kD * kD * kD; ++k) {
    const int64_t i = k / (kD * kD);
    const int64_t a = k / kD % kD;
    const int64_t b = k % kD;
    precision[a * kD + b] += double{w[i * kD + a]} * w[i * kD + b];
  }
  return precision;
}

// The mean over the coordinates of their variance. rows: [n, D].
double MeanVariance(ConstMatrix rows) {
  const auto n = static_cast<double>(rows.rows());
  double sum = 0;
  for (int64_t column = 0; column < rows.cols(); ++column) {
    double mean = 0;
    double square = 0;
    for (int64_t row = 0; row < rows.rows(); ++row) {
      mean += rows.row(row)[column] / n;
      square += double{rows.row(row)[column]} * rows.row(row)[column] / n;
    }
    sum += square - mean * mean;
  }
  return sum / static_cast<double>(rows.cols());
}

double MeanLogDensity(const ModelSpec& spec, const BaseFit& fit, const LabelledData& data) {
  const std::unique_ptr<GaussianBase> base = *GaussianBase::Create(spec, fit.tensors);
  std::vector<float> log_density(data.rows.rows());
  MatrixBuffer gradient(data.rows.rows(), data.rows.cols());
  base->Evaluate(data.rows.view(), {}, log_density, gradient.view());
  return std::accumulate(log_density.begin(), log_density.end(), 0.0) / static_cast<double>(log_density.size());
}

TEST(FitBaseTest, WithoutABaseThereIsNothingToFit) {
  const auto fit = FitBase(testing::TinySpec(), testing::TinyRows(50, 1), testing::TinyRows(30, 2), 1);
  ASSERT_TRUE(fit.ok());
  EXPECT_TRUE(fit->tensors.empty());
}

// Each class is N(m, 0.01 I) by construction.
TEST(FitBaseTest, FindsTheClassesOfManyRows) {
  constexpr int64_t kRows = 30000;
  const LabelledData train = testing::TinyRows(kRows, 1);
  const auto fit = FitBase(SpecOn(kClassGaussiansBase), train, testing::TinyRows(3000, 2), 1);
  ASSERT_TRUE(fit.ok()) << fit.status();
  const double per_class = static_cast<double>(kRows) / testing::kTinyClasses;
  const double bound = reference::NormalBound(reference::kAllowedFailure / 100);
  for (int64_t c = 0; c < testing::kTinyClasses; ++c) {
    EXPECT_NEAR(fit->tensors[0].values[c], std::log(1.0 / testing::kTinyClasses), 1e-6);
    const std::vector<double> precision = PrecisionOf(*fit, c);
    for (int64_t i = 0; i < testing::kTinyDimension; ++i) {
      const double mean = i == c ? 0.6 : -0.3;
      EXPECT_NEAR(fit->tensors[1].values[c * testing::kTinyDimension + i], mean, bound * 0.1 / std::sqrt(per_class));
      // A variance of n rows deviates by a factor of 1 +- z sqrt(2 / n), and so does its inverse; twice that, to allow
      // for the ridge that is chosen on validation rows.
      const double reach = 2 * bound * std::sqrt(2 / per_class);
      EXPECT_NEAR(precision[i * testing::kTinyDimension + i] * 0.01, 1, reach);
    }
  }
}

TEST(FitBaseTest, OneGaussianHasTheRowsMean) {
  const LabelledData train = testing::TinyRows(300, 1);
  const auto fit = FitBase(SpecOn(kGaussianBase), train, testing::TinyRows(90, 2), 1);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->pooling, 0);
  for (int64_t j = 0; j < testing::kTinyDimension; ++j) {
    double mean = 0;
    for (int64_t i = 0; i < 300; ++i) mean += train.rows.row(i)[j] / 300;
    EXPECT_NEAR(fit->tensors[1].values[j], mean, 1e-5);
  }
}

// With few rows per class and a common covariance, pooling must be better on held-out rows.
TEST(FitBaseTest, FewRowsAreShrunkTowardsTheirCommonShape) {
  const auto fit = FitBase(SpecOn(kClassGaussiansBase), testing::TinyRows(24, 1), testing::TinyRows(900, 2), 1);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_GT(fit->pooling, 0);
}

// The reported likelihood is that of the model's own density.
TEST(FitBaseTest, TheReportedLikelihoodIsTheModels) {
  const LabelledData validation = testing::TinyRows(90, 2);
  const ModelSpec spec = SpecOn(kClassGaussiansBase);
  const auto fit = FitBase(spec, testing::TinyRows(60, 1), validation, 1);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(MeanLogDensity(spec, *fit, validation), fit->validation_log_density, 1e-4);
}

// Training row i takes the noise of index i under the run's own seed.
TEST(FitBaseTest, RowsThatJudgeABaseDoNotShareTheirNoiseWithTrainingRows) {
  constexpr uint64_t kSeed = 1;
  const LabelledData validation = testing::TinyRows(90, 2);
  const ModelSpec spec = SpecOn(kGaussianBase, 0.2F);
  const auto fit = FitBase(spec, testing::TinyRows(60, 1), validation, kSeed);
  ASSERT_TRUE(fit.ok()) << fit.status();
  const auto likelihood_under = [&](uint64_t seed) {
    const LabelledData noisy{DequantisedRows(spec, validation.rows.view(), seed), validation.labels};
    return MeanLogDensity(spec, *fit, noisy);
  };
  EXPECT_NEAR(likelihood_under(DeriveSeed(kSeed, kBaseValidationPart)), fit->validation_log_density, 1e-4);
  EXPECT_GT(std::abs(likelihood_under(kSeed) - fit->validation_log_density), 1e-3);
}

// Rows on a grid have no spread of their own in a constant coordinate: dequantisation gives it s^2 / 12, and a ridge
// adds its share of the coordinates' mean variance.
TEST(FitBaseTest, AConstantCoordinateIsAsWideAsTheDatasStep) {
  LabelledData train = testing::TinyRows(300, 1);
  LabelledData validation = testing::TinyRows(90, 2);
  for (LabelledData* data : {&train, &validation}) {
    for (int64_t i = 0; i < data->rows.rows(); ++i) data->rows.row(i)[3] = -1;
  }
  const float step = 0.2F;
  const auto fit = FitBase(SpecOn(kGaussianBase, step), train, validation, 1);
  ASSERT_TRUE(fit.ok()) << fit.status();
  const double spread = step * step / 12 + fit->ridge * MeanVariance(train.rows.view());
  EXPECT_NEAR(PrecisionOf(*fit, 0)[15] * spread, 1, 1e-3);
}

TEST(FitBaseTest, RefusesRowsThatAreAllTheSame) {
  LabelledData train = testing::TinyRows(30, 1);
  for (int64_t i = 0; i < train.rows.rows(); ++i) std::ranges::fill(train.rows.row(i), 0.5F);
  const auto fit = FitBase(SpecOn(kGaussianBase), train, train, 1);
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(fit.status().message()), HasSubstr("covariances are singular"));
}

}  // namespace
}  // namespace ebm
