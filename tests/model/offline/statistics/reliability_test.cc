#include "model/offline/statistics/reliability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "model/offline/statistics/classifier_figures.h"
#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

struct Answers {
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
};

Answers RandomAnswers(int64_t n) {
  std::vector<float> draws(2 * n);
  FillUniform({.seed = 5}, draws);
  Answers answers;
  for (int64_t i = 0; i < n; ++i) {
    answers.confidence.push_back(draws[i]);
    answers.correct.push_back(draws[n + i] < 0.7F ? 1 : 0);
  }
  return answers;
}

// The definition, bin by bin.
double SlowCalibrationError(const Answers& answers) {
  double error = 0;
  for (int bin = 0; bin < 15; ++bin) {
    double rows = 0;
    double confidence = 0;
    double correct = 0;
    for (size_t i = 0; i < answers.confidence.size(); ++i) {
      const double c = answers.confidence[i] * 15;
      if (!(c > bin && c <= bin + 1) && !(bin == 0 && c == 0)) continue;
      rows += 1;
      confidence += answers.confidence[i];
      correct += answers.correct[i];
    }
    if (rows > 0) error += rows * std::abs(correct / rows - confidence / rows);
  }
  return error / static_cast<double>(answers.confidence.size());
}

TEST(CalibrationErrorTest, EqualsTheDefinition) {
  const Answers answers = RandomAnswers(500);
  EXPECT_NEAR(CalibrationError(answers.confidence, answers.correct), SlowCalibrationError(answers), 1e-12);
}

TEST(CalibrationErrorTest, IsZeroWhereConfidenceEqualsAccuracyInEveryBin) {
  const std::vector<double> confidence = {0.5, 0.5, 1.0, 1.0};
  const std::vector<uint8_t> correct = {1, 0, 1, 1};
  EXPECT_DOUBLE_EQ(CalibrationError(confidence, correct), 0.0);
}

TEST(CalibrationErrorTest, WeighsGapsByTheRowsOfTheirBin) {
  // Bin of 0.9: accuracy 1/2, confidence 0.9, 2 of 4 rows. Bin of 0.35: accuracy 1, confidence 0.35, 2 of 4 rows.
  const std::vector<double> confidence = {0.9, 0.9, 0.35, 0.35};
  const std::vector<uint8_t> correct = {1, 0, 1, 1};
  EXPECT_NEAR(CalibrationError(confidence, correct), 0.5 * 0.4 + 0.5 * 0.65, 1e-12);
}

TEST(ReliabilityDiagramTest, HoldsEveryRowOnce) {
  const Answers answers = RandomAnswers(500);
  int64_t rows = 0;
  for (const ReliabilityBin& bin : MakeReliabilityDiagram(answers.confidence, answers.correct)) rows += bin.rows;
  EXPECT_EQ(rows, 500);
  EXPECT_EQ(ReliabilityBinOf(0.0), 0);
  EXPECT_EQ(ReliabilityBinOf(1.0), kReliabilityBins - 1);
}

// Logits whose labels are drawn from softmax(f / temperature).
struct LabelledLogits {
  MatrixBuffer logits;
  std::vector<int32_t> labels;
};

LabelledLogits DrawLabels(int64_t n, double temperature) {
  LabelledLogits data{MatrixBuffer(n, 3), {}};
  FillNormal({.seed = 8}, data.logits.view().values());
  std::vector<float> draws(n);
  FillUniform({.seed = 9}, draws);
  for (int64_t i = 0; i < n; ++i) {
    int32_t label = 0;
    for (double left = draws[i]; label < 2; ++label) {
      left -= std::exp(JudgeRow(data.logits.row(i), label, temperature).true_log_probability);
      if (left < 0) break;
    }
    data.labels.push_back(label);
  }
  return data;
}

double CrossEntropyAt(const LabelledLogits& data, double temperature) {
  double sum = 0;
  for (int64_t i = 0; i < data.logits.rows(); ++i) {
    sum -= JudgeRow(data.logits.row(i), data.labels[i], temperature).true_log_probability;
  }
  return sum / static_cast<double>(data.logits.rows());
}

constexpr double kLowest = 0.02;
constexpr double kHighest = 50;

TEST(BestTemperatureTest, NoTemperatureOfAFineGridIsBetter) {
  for (const double true_temperature : {0.3, 1.0, 2.5}) {
    const LabelledLogits data = DrawLabels(400, true_temperature);
    const double best = CrossEntropyAt(data, BestTemperature(data.logits.view(), data.labels, kLowest, kHighest));
    for (double log_t = std::log(kLowest); log_t < std::log(kHighest); log_t += 0.01) {
      ASSERT_LE(best, CrossEntropyAt(data, std::exp(log_t)) + 1e-10) << true_temperature << " " << log_t;
    }
  }
}

TEST(BestTemperatureTest, FallsToTheLowerEndWhereNoRowIsWrong) {
  const MatrixBuffer logits({1, 0, 0, 1}, 2, 2);
  const std::vector<int32_t> labels = {0, 1};
  EXPECT_NEAR(BestTemperature(logits.view(), labels, kLowest, kHighest), kLowest, 1e-3 * kLowest);
}

TEST(ClassifierFiguresTest, AreThoseOfTheRowsWithTheirIntervals) {
  const LabelledLogits data = DrawLabels(300, 1.0);
  const ClassifierFigures figures = MakeClassifierFigures(data.logits.view(), data.labels, 2.0, 1);
  Answers answers;
  double wrong = 0;
  for (int64_t i = 0; i < data.logits.rows(); ++i) {
    const RowOutcome outcome = JudgeRow(data.logits.row(i), data.labels[i], 2.0);
    answers.confidence.push_back(outcome.confidence);
    answers.correct.push_back(outcome.correct ? 1 : 0);
    wrong += outcome.correct ? 0 : 1;
  }
  EXPECT_NEAR(figures.error.value, wrong / 300, 1e-12);
  EXPECT_NEAR(figures.cross_entropy.value, CrossEntropyAt(data, 2.0), 1e-12);
  EXPECT_NEAR(figures.calibration_error.value, SlowCalibrationError(answers), 1e-12);
  EXPECT_LT(figures.error.lower, figures.error.value);
  EXPECT_GT(figures.error.upper, figures.error.value);
}

TEST(ClassifierFiguresTest, RowsOfOneClassHaveFigures) {
  const MatrixBuffer logits({2, 0, 3, 1, 0, 1}, 3, 2);
  const std::vector<int32_t> labels = {0, 0, 0};
  const ClassifierFigures figures = MakeClassifierFigures(logits.view(), labels, 1, 1);
  EXPECT_NEAR(figures.error.value, 1.0 / 3, 1e-12);
  EXPECT_TRUE(std::isfinite(figures.cross_entropy.upper) && std::isfinite(figures.calibration_error.upper));
}

}  // namespace
}  // namespace ebm
