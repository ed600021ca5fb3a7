#include "model/offline/evaluation/density_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "model/core/random.h"
#include "model/offline/data/dequantisation.h"
#include "model/offline/evaluation/row_scores.h"
#include "tests/reference/normal_base.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDimension = 3;

// ln p~(x) = kLogZ + ln N(x; 0, 0.5^2 I) with the base N(0.5, I), as a classifier with two equal classes.
class NormalModel final : public EnergyModel, public ClassLogits, public LogDensityGradient {
 public:
  static constexpr double kLogZ = 4;

  int64_t dimension() const override { return kDimension; }
  int64_t num_classes() const override { return 2; }
  const ClassLogits* class_logits() const override { return this; }
  const LogDensityGradient* log_density_gradient() const override { return this; }
  const BaseDensity* base_density() const override { return &base_; }

  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    MatrixBuffer gradient(x.rows(), x.cols());
    Evaluate(x, {}, log_density, gradient.view());
  }
  void Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                Matrix gradient) const override {
    normal_.Evaluate(x, {}, log_density, gradient);
    for (float& value : log_density) value += static_cast<float>(kLogZ);
  }
  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override {
    LogDensity(x, log_density);
    for (int64_t i = 0; i < x.rows(); ++i) {
      for (float& logit : logits.row(i)) logit = log_density[i] - static_cast<float>(std::numbers::ln2);
    }
  }

 private:
  reference::NormalBase normal_{kDimension, 0, 0.5F};
  reference::NormalBase base_{kDimension, 0.5F, 1};
};

double LogNormal(float x, double mean, double stddev) {
  const double z = (x - mean) / stddev;
  return -z * z / 2 - std::log(stddev * std::sqrt(2 * std::numbers::pi));
}

// Whole numbers from -3 to 3; a step of 1 is 0.25 in scaled units.
class DensityFiguresTest : public ::testing::Test {
 protected:
  DensityFiguresTest() : rows_(50, kDimension) {
    checkpoint_.spec.input_shape = {kDimension};
    checkpoint_.spec.columns.front().scaling = {.scale = -0.25F, .offset = 0};
    checkpoint_.spec.columns.front().step = 1;
    for (uint32_t i = 0; i < 150; ++i) {
      rows_.view().values()[i] = 0.25F * (static_cast<float>(UniformInteger({.seed = 1}, i, 7)) - 3);
    }
  }

  DensityFigures Make(int threads = 1) const {
    return *MakeDensityFigures(checkpoint_, model_, rows_.view(), kSeed, threads);
  }

  // The header's formula, value by value.
  double SlowBits(double mean, double stddev) const {
    double bits = 0;
    for (uint32_t i = 0; i < rows_.rows(); ++i) {
      std::vector<float> row(rows_.row(i).begin(), rows_.row(i).end());
      Dequantise(checkpoint_.spec, kSeed, i, 0, row);
      for (const float x : row) bits -= LogNormal(x, mean, stddev) + std::log(0.25);
    }
    return bits / (50 * kDimension * std::numbers::ln2);
  }

  static constexpr uint64_t kSeed = 5;
  Checkpoint checkpoint_;
  NormalModel model_;
  MatrixBuffer rows_;
};

TEST_F(DensityFiguresTest, BitsAreThoseOfTheFormula) {
  checkpoint_.partition = {.log_z = NormalModel::kLogZ, .standard_error = 0.3, .reverse_log_z = 4.6};
  const DensityFigures figures = Make();
  EXPECT_NEAR(figures.base_bits->value, SlowBits(0.5, 1), 1e-5);
  EXPECT_LT(figures.base_bits->lower, figures.base_bits->value);
  EXPECT_GT(figures.base_bits->upper, figures.base_bits->value);
  EXPECT_NEAR(figures.model->bits.value, SlowBits(0, 0.5), 1e-5);
  EXPECT_NEAR(figures.model->standard_error, 0.3 / (kDimension * std::numbers::ln2), 1e-9);
  EXPECT_NEAR(figures.model->reverse_bits, figures.model->bits.value + 0.6 / (kDimension * std::numbers::ln2), 1e-9);
}

TEST_F(DensityFiguresTest, WithoutLogZOnlyTheBaseHasBits) {
  EXPECT_TRUE(Make().base_bits.has_value());
  EXPECT_FALSE(Make().model.has_value());
}

TEST_F(DensityFiguresTest, ContinuousDataHaveBitsPerUnitAndNoNoise) {
  checkpoint_.spec.columns.front().step = 0;
  checkpoint_.partition = {.log_z = NormalModel::kLogZ};
  const NormalModel model;
  std::vector<float> log_density(rows_.rows());
  model.LogDensity(std::as_const(rows_).view(), log_density);
  double sum = 0;
  for (const float value : log_density) sum += value - NormalModel::kLogZ + kDimension * std::log(0.25);
  const double expected = -sum / (static_cast<double>(rows_.rows()) * kDimension * std::numbers::ln2);
  EXPECT_NEAR(Make().model->bits.value, expected, 1e-5);
}

TEST_F(DensityFiguresTest, RowsOutsideOfTheBoxOfLogZTakeTheModelsBitsAway) {
  checkpoint_.partition = {.log_z = NormalModel::kLogZ, .box_lower = -1.0F, .box_upper = 1.0F};
  EXPECT_TRUE(Make().model.has_value());
  rows_.row(7)[2] = 1.5F;
  rows_.row(9)[0] = -1.5F;
  EXPECT_FALSE(Make().model.has_value());
  EXPECT_EQ(Make().rows_outside, 2);
}

TEST_F(DensityFiguresTest, DoNotDependOnTheNumberOfThreads) {
  EXPECT_EQ(Make(1).base_bits->value, Make(3).base_bits->value);
}

TEST_F(DensityFiguresTest, RefusesLogDensitiesThatAreNotFinite) {
  rows_.row(4)[1] = std::numeric_limits<float>::infinity();
  const absl::Status status = MakeDensityFigures(checkpoint_, model_, rows_.view(), kSeed, 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("row 5 is -inf"));
}

TEST_F(DensityFiguresTest, TheRatioIsTheModelsLogDensityLessTheBases) {
  const RowScores scores = *ScoreRows(model_, rows_.view(), "rows", 2);
  ASSERT_EQ(KindsOf(scores).size(), kScoreKinds.size() - 1);  // no served score was asked for
  for (int64_t i = 0; i < rows_.rows(); ++i) {
    double ratio = NormalModel::kLogZ;
    for (const float x : std::as_const(rows_).row(i)) ratio += LogNormal(x, 0, 0.5) - LogNormal(x, 0.5, 1);
    EXPECT_NEAR(scores.log_density_ratio[i], ratio, 1e-4);
  }
}

}  // namespace
}  // namespace ebm
