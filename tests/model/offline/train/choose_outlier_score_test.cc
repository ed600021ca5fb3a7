#include "model/offline/train/choose_outlier_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A model with given ln p~ and class probabilities: the logits of class 0 and 1 are functions of x.
class MadeUpModel final : public EnergyModel, public ClassLogits {
 public:
  using Logit = float (*)(std::span<const float>);
  MadeUpModel(Logit level, Logit contrast) : level_(level), contrast_(contrast) {}

  int64_t dimension() const override { return 4; }
  int64_t num_classes() const override { return 2; }
  const ClassLogits* class_logits() const override { return this; }
  void LogDensity(ConstMatrix x, std::span<float> log_density) const override {
    for (int64_t row = 0; row < x.rows(); ++row) log_density[row] = level_(x.row(row));
  }
  // The two logits are `contrast` apart, and their log-sum-exp is `level`.
  void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const override {
    LogDensity(x, log_density);
    for (int64_t row = 0; row < x.rows(); ++row) {
      const float contrast = contrast_(x.row(row));
      const float upper = level_(x.row(row)) - std::log1p(std::exp(-contrast));
      logits.row(row)[0] = upper;
      logits.row(row)[1] = upper - contrast;
    }
  }

 private:
  Logit level_;
  Logit contrast_;
};

ModelSpec Spec() {
  ModelSpec spec = reference::RandomMlp(1, {4, {2}, 2}).spec;
  spec.columns.front().range = {0, 1};
  return spec;
}

// Rows of four different values in rising order; shuffled, inverted, constant and noise rows do not have this order.
MatrixBuffer RisingRows() {
  MatrixBuffer rows(200, 4);
  for (int64_t row = 0; row < rows.rows(); ++row) {
    FillUniform({.seed = 8, .stream = RandomStream::kEvaluation, .chain = static_cast<uint32_t>(row)}, rows.row(row));
    for (int64_t i = 0; i < 4; ++i) rows.row(row)[i] = 0.25F * (rows.row(row)[i] + static_cast<float>(i));
  }
  return rows;
}

float Rising(std::span<const float> x) { return 10 * (x[3] - x[0]); }
float Indifferent(std::span<const float> x) { return std::abs(std::sin(1000 * x[0])); }

TEST(ChooseOutlierScoreTest, TakesTheQuantityThatTellsDataFromWhatIsMadeOfIt) {
  const MatrixBuffer rows = RisingRows();
  const MadeUpModel by_density(Rising, Indifferent);
  EXPECT_THAT(ChooseOutlierScore(Spec(), by_density, rows.view(), 1)->quantities, ElementsAre(kLogDensityQuantity));
  const MadeUpModel by_class(Indifferent, Rising);
  EXPECT_THAT(ChooseOutlierScore(Spec(), by_class, rows.view(), 1)->quantities,
              ElementsAre(kMaxLogProbabilityQuantity));
}

// ln p~ is noise except for some rows, which it detects with any weight; a larger weight only adds noise.
TEST(ChooseOutlierScoreTest, WeighsOneQuantityAboveAnother) {
  const auto alarm = [](std::span<const float> x) { return Indifferent(x) - (x[0] > 0.5F ? 100.0F : 0.0F); };
  const auto rising_in_between = [](std::span<const float> x) { return 1 + x[2] - x[1]; };
  const auto score = ChooseOutlierScore(Spec(), MadeUpModel(alarm, rising_in_between), RisingRows().view(), 1);
  ASSERT_TRUE(score.ok()) << score.status();
  EXPECT_THAT(score->quantities, ElementsAre(kLogDensityQuantity, kMaxLogProbabilityQuantity));
  EXPECT_THAT(score->weights, ElementsAre(1, 4));
}

TEST(ChooseOutlierScoreTest, StandardisesByTheRows) {
  const MatrixBuffer rows = RisingRows();
  const auto score = ChooseOutlierScore(Spec(), MadeUpModel(Rising, Indifferent), rows.view(), 1);
  ASSERT_TRUE(score.ok()) << score.status();
  double mean = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) mean += Rising(rows.row(row)) / static_cast<double>(rows.rows());
  double variance = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) variance += std::pow(Rising(rows.row(row)) - mean, 2) / 199;
  EXPECT_NEAR(score->means[0], mean, 1e-5);
  EXPECT_NEAR(score->deviations[0], std::sqrt(variance), 1e-5);
}

TEST(ChooseOutlierScoreTest, AQuantityThatIsTheSameEverywhereIsNoChoice) {
  const auto flat = [](std::span<const float>) { return 1.0F; };
  const auto score = ChooseOutlierScore(Spec(), MadeUpModel(flat, Rising), RisingRows().view(), 1);
  ASSERT_TRUE(score.ok()) << score.status();
  EXPECT_THAT(score->quantities, ElementsAre(kMaxLogProbabilityQuantity));

  const auto none = ChooseOutlierScore(Spec(), MadeUpModel(flat, flat), RisingRows().view(), 1);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("are each not finite, or the same, on all 200 rows"));
}

TEST(ChooseOutlierScoreTest, WhereEveryScoreIsNoNumberOnMadeRowsThereIsNoChoice) {
  const auto nowhere = [](std::span<const float> x) { return x[3] > x[0] ? Rising(x) : NAN; };
  const auto score = ChooseOutlierScore(Spec(), MadeUpModel(nowhere, Indifferent), RisingRows().view(), 1);
  EXPECT_EQ(score.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(score.status().message()),
              HasSubstr("every outlier score is NaN on some row made from the data"));
}

TEST(ChooseOutlierScoreTest, RefusesASingleRow) {
  const auto score =
      ChooseOutlierScore(Spec(), MadeUpModel(Rising, Indifferent), RisingRows().view().rows_from(0, 1), 1);
  EXPECT_THAT(std::string(score.status().message()),
              HasSubstr("choosing an outlier score needs at least 2 rows; there are 1"));
}

}  // namespace
}  // namespace ebm
