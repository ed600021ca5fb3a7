#include "server/inference/explanation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/spec/row_codec.h"

namespace ebm::inference {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsNan;

using Density = std::function<float(std::span<const float> x)>;  // ln p~ of a row in scaled units

// Two correlated numbers, of which one is skewed, and a category whose values suit different numbers.
ModelSpec TableSpec() {
  return {.input_shape = {3},
          .class_labels = {"a", "b"},
          .columns = {{.name = "width", .range = {0, 10}, .scaling = {.scale = 0.5F, .offset = -2}},
                      {.name = "income",
                       .range = {0, 1000},
                       .scaling = {.scale = 0.01F, .offset = 0},
                       .power = PowerTransform{.lambda = 0.25F, .outer = {.scale = 2, .offset = -3}}},
                      {.name = "colour",
                       .kind = ColumnKind::kCategory,
                       .range = {0, 2},
                       .step = 1,
                       .values = {{"red", 0}, {"green", 1}, {"blue", 2}}}}};
}

// -(a^2 - 1.8 a b + b^2) / 2 / 0.19 of the numbers, and of the category what fits the sign of the first.
float TableDensity(std::span<const float> x) {
  const float quadratic = (x[0] * x[0] - 1.8F * x[0] * x[1] + x[1] * x[1]) / 0.38F;
  return -quadratic + 2 * x[2] * std::tanh(x[0]) - x[3] - 3 * x[4] * x[0];
}

ExplainedRows Given(const ModelSpec& spec, const Density& density, std::vector<float> values) {
  const auto rows = static_cast<int64_t>(values.size()) / spec.num_values();
  const MatrixBuffer x = *EncodeRows(spec, ConstMatrix(values.data(), rows, spec.num_values()));
  ExplainedRows given = {.rows = x.values(), .values = std::move(values)};
  for (int64_t i = 0; i < rows; ++i) given.log_density.push_back(density(x.row(i)));
  return given;
}

ColumnRises Explained(const ModelSpec& spec, const Density& density, ExplainedRows given, int64_t most = 1000) {
  Explanation explanation(spec, std::move(given));
  const auto width = static_cast<size_t>(spec.dimension());
  for (std::vector<float> rows = explanation.NextRows(most); !rows.empty(); rows = explanation.NextRows(most)) {
    EXPECT_LE(rows.size(), static_cast<size_t>(most) * width);
    std::vector<float> log_density;
    for (size_t at = 0; at < rows.size(); at += width)
      log_density.push_back(density(std::span(rows).subspan(at, width)));
    explanation.Take(log_density);
  }
  return std::move(explanation).Result();
}

// The rise of one column, by trying 20001 of its values.
float RiseByTrying(const ModelSpec& spec, const Density& density, std::vector<float> row, size_t column) {
  std::vector<float> x(static_cast<size_t>(spec.dimension()));
  const auto at = [&] {
    EXPECT_TRUE(EncodeRow(spec, row, x).ok());
    return density(x);
  };
  const float own = at();
  float best = own;
  const DataColumn& tried = spec.columns[column];
  const int steps = tried.is_categorical() ? static_cast<int>(tried.values.size()) - 1 : 20000;
  for (int i = 0; i <= steps; ++i) {
    row[column] = tried.range.minimum + (tried.range.maximum - tried.range.minimum) * static_cast<float>(i) / steps;
    best = std::max(best, at());
  }
  return best - own;
}

TEST(ExplanationTest, RisesAreThoseOfTryingAllValues) {
  const ModelSpec spec = TableSpec();
  const std::vector<std::vector<float>> rows = {{3, 200, 0}, {9, 10, 2}, {0.5F, 900, 1}, {-40, 5000, 2}, {4, 170, 1}};
  for (const std::vector<float>& row : rows) {
    const ColumnRises answer = Explained(spec, TableDensity, Given(spec, TableDensity, row));
    for (size_t column = 0; column < 3; ++column) {
      const float expected = RiseByTrying(spec, TableDensity, row, column);
      EXPECT_NEAR(answer.rises[column], expected, 1e-3F + 1e-5F * expected) << testing::PrintToString(row) << column;
      std::vector<float> changed = row;
      changed[column] = answer.best_values[column];
      EXPECT_NEAR(Given(spec, TableDensity, changed).log_density[0],
                  Given(spec, TableDensity, row).log_density[0] + answer.rises[column], 1e-4F * (1 + expected))
          << "the best value has this rise";
    }
  }
}

TEST(ExplanationTest, NothingRisesAtTheMaximum) {
  const ModelSpec spec = TableSpec();
  const Density peak = [&](std::span<const float> x) {
    return -std::abs(x[0] - 0.3125F) - std::abs(x[1] - 0.25F) - x[2] - x[3];
  };
  const float first = DecodeValue(spec.columns[0], std::array{0.3125F});
  const float second = DecodeValue(spec.columns[1], std::array{0.25F});
  ExplainedRows given = Given(spec, peak, {first, second, 2});
  given.log_density = {0};  // what rounding could take from it
  const ColumnRises answer = Explained(spec, peak, given);
  EXPECT_THAT(answer.rises, ElementsAre(0, 0, 0));
  EXPECT_THAT(answer.best_values, ElementsAre(first, second, 2)) << "as given";
}

TEST(ExplanationTest, APlantedColumnHasTheLargestRise) {
  const ModelSpec spec = TableSpec();
  const std::vector<float> good = {5, 170, 0};
  for (size_t column = 0; column < 2; ++column) {
    std::vector<float> row = good;
    row[column] = 1e4F;
    const std::vector<float> rises = Explained(spec, TableDensity, Given(spec, TableDensity, row)).rises;
    EXPECT_EQ(std::ranges::max_element(rises) - rises.begin(), static_cast<ptrdiff_t>(column));
  }
}

TEST(ExplanationTest, TheAnswerDoesNotDependOnTheTasks) {
  const ModelSpec spec = TableSpec();
  const std::vector<float> rows = {3, 200, 0, 9, 10, 2, 0.5F, 900, 1};
  const ColumnRises whole = Explained(spec, TableDensity, Given(spec, TableDensity, rows));
  for (const int64_t most : {1, 2, 7, 33}) {
    const ColumnRises divided = Explained(spec, TableDensity, Given(spec, TableDensity, rows), most);
    EXPECT_EQ(divided.rises, whole.rises);
    EXPECT_EQ(divided.best_values, whole.best_values);
  }
  const ColumnRises alone = Explained(spec, TableDensity, Given(spec, TableDensity, {9, 10, 2}));
  EXPECT_EQ(alone.rises, std::vector(whole.rises.begin() + 3, whole.rises.begin() + 6));
}

TEST(ExplanationTest, MissingValuesAreHeldAndGetNoRise) {
  const ModelSpec spec = TableSpec();
  const ColumnRises complete = Explained(spec, TableDensity, Given(spec, TableDensity, {3, 200, 0}));
  ExplainedRows given = Given(spec, TableDensity, {3, 200, 0});
  given.values[1] = std::numeric_limits<float>::quiet_NaN();
  const ColumnRises answer = Explained(spec, TableDensity, given);
  EXPECT_THAT(answer.rises, ElementsAre(complete.rises[0], IsNan(), complete.rises[2]));
  EXPECT_THAT(answer.best_values, ElementsAre(complete.best_values[0], IsNan(), complete.best_values[2]));
}

TEST(ExplanationTest, CandidatesWithoutADensityAreNoneThatIsBetter) {
  const ModelSpec spec = TableSpec();
  ExplainedRows given = Given(spec, TableDensity, {3, 200, 0});
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Density overflowing = [bad](std::span<const float> /*x*/) { return bad; };
    EXPECT_THAT(Explained(spec, overflowing, given).rises, ElementsAre(0, 0, 0));
  }
}

TEST(ExplanationTest, EvaluatesNoMoreThanItsLimitCounts) {
  const ModelSpec spec = TableSpec();
  int evaluations = 0;
  const Density counted = [&](std::span<const float> x) {
    ++evaluations;
    return TableDensity(x);
  };
  ExplainedRows given = Given(spec, TableDensity, {3, 200, 0, 9, 10, 2});
  Explained(spec, counted, given);
  const int64_t most = 2 * (48 + 48 + 3);
  EXPECT_LE(evaluations, most);
  EXPECT_EQ(CheckExplanation(2, spec, {.max_explanation_evaluations = most}), absl::OkStatus());
  const absl::Status refused = CheckExplanation(2, spec, {.max_explanation_evaluations = most - 1});
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.message(),
            "inputs: explaining 2 rows takes 198 evaluations, must be at most 197; send at most 1 rows per request");
  EXPECT_THAT(std::string(CheckExplanation(1, spec, {.max_explanation_evaluations = 98}).message()),
              HasSubstr("this model's rows have too many values"));
}

TEST(ExplanationTest, DigitsAndLargePicturesFitIntoARequest) {
  ModelSpec digits = {.input_shape = {64}, .class_labels = {"0", "1"}};
  EXPECT_EQ(CheckExplanation(10, digits, {}), absl::OkStatus());
  ModelSpec fashion = {.input_shape = {28, 28}, .class_labels = {"0", "1"}};
  EXPECT_EQ(CheckExplanation(5, fashion, {}), absl::OkStatus());
  ModelSpec colours = {.input_shape = {3, 32, 32}, .class_labels = {"0", "1"}};
  EXPECT_EQ(CheckExplanation(1, colours, {}), absl::OkStatus());
}

TEST(ExplanationTest, OneColumnMayDescribeAllValues) {
  ModelSpec spec = {.input_shape = {2, 2}, .class_labels = {"a"}};
  spec.columns.front() = {.range = {0, 4}, .scaling = {.scale = 0.5F, .offset = -1}, .step = 1};
  const Density centre = [](std::span<const float> x) {
    float sum = 0;
    for (const float value : x) sum -= value * value;
    return sum;
  };
  const ColumnRises answer = Explained(spec, centre, Given(spec, centre, {4, 2, 3, 0}));
  EXPECT_THAT(answer.rises, ElementsAre(1, 0, 0.25F, 1));
  EXPECT_THAT(answer.best_values, Each(2));
}

TEST(ExplanationTest, ATaskIsSmallForRowsOfAnySize) {
  for (const int64_t dimension : {1, 64, 784, 1 << 20}) {
    EXPECT_THAT(CandidatesPerTask(dimension), Ge(16));
    EXPECT_LE(CandidatesPerTask(dimension) * dimension * 4, 64 << 20);
  }
}

}  // namespace
}  // namespace ebm::inference
