#include "model/spec/candidate_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "model/spec/row_codec.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr CandidateGrid kGrid;

float Scaled(const DataColumn& column, float value) {
  float x = 0;
  EncodeValue(column, value, {&x, 1});
  return x;
}

TEST(CandidateValuesTest, ACategoryIsTriedAtEachOfItsCodes) {
  const DataColumn colour = {
      .kind = ColumnKind::kCategory, .step = 1, .values = {{"red", 7}, {"green", 1}, {"blue", 3}}};
  EXPECT_THAT(CandidateValues(colour, kGrid, 0, 1), ElementsAre(7, 1, 3));
  EXPECT_THAT(CandidateValues(colour, kGrid, 1, 1), IsEmpty());
  EXPECT_EQ(MostCandidates(colour, kGrid), 3);
}

TEST(CandidateValuesTest, NumbersAreTriedOverTheirRange) {
  const DataColumn column = {.range = {-5, 26}, .scaling = {.scale = -0.5F, .offset = 3}};
  const std::vector<float> values = CandidateValues(column, kGrid, 0, 0);
  ASSERT_EQ(values.size(), 32U);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], -5 + static_cast<float>(i), 1e-5);
}

TEST(CandidateValuesTest, ThePointsOfASkewedColumnAreEvenInScaledUnits) {
  const DataColumn income = {.range = {0, 1000},
                             .scaling = {.scale = 0.01F, .offset = 0},
                             .power = PowerTransform{.lambda = 0.25F, .outer = {.scale = 2, .offset = -3}}};
  const std::vector<float> values = CandidateValues(income, kGrid, 0, 0);
  ASSERT_EQ(values.size(), 32U);
  EXPECT_THAT(values, Each(AllOf(Ge(0), Le(1000))));
  const float spacing = Scaled(income, values[1]) - Scaled(income, values[0]);
  for (size_t i = 1; i < values.size(); ++i) {
    EXPECT_NEAR(Scaled(income, values[i]) - Scaled(income, values[i - 1]), spacing, 1e-4);
  }
}

TEST(CandidateValuesTest, ARefinementLooksAroundTheBestAtAFifthOfTheSpacing) {
  const DataColumn column = {.range = {0, 31}};
  const std::vector<float> first = CandidateValues(column, kGrid, 1, 10);
  ASSERT_EQ(first.size(), 8U);
  EXPECT_NEAR(first.front(), 9.2, 1e-5);
  EXPECT_NEAR(first.back(), 10.8, 1e-5);
  const std::vector<float> second = CandidateValues(column, kGrid, 2, 10);
  ASSERT_EQ(second.size(), 8U);
  EXPECT_NEAR(second.front(), 9.84, 1e-5);
}

TEST(CandidateValuesTest, RefinementsStayInTheRange) {
  const DataColumn column = {.range = {0, 31}};
  EXPECT_THAT(CandidateValues(column, kGrid, 1, 0), Each(Ge(0)));
  EXPECT_THAT(CandidateValues(column, kGrid, 1, 1e30F), ElementsAre(31));
}

TEST(CandidateValuesTest, WholeNumbersAreEachTriedOnce) {
  const DataColumn few = {.kind = ColumnKind::kWholeNumber, .range = {0, 4}, .step = 1};
  EXPECT_THAT(CandidateValues(few, kGrid, 0, 0), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(CandidateValues(few, kGrid, 1, 2), IsEmpty()) << "the grid has them all";
  const DataColumn many = {.kind = ColumnKind::kWholeNumber, .range = {0, 620}};
  for (int round = 0; round <= kGrid.refinements; ++round) {
    const std::vector<float> values = CandidateValues(many, kGrid, round, 300);
    EXPECT_EQ(std::set<float>(values.begin(), values.end()).size(), values.size());
    for (const float value : values) EXPECT_EQ(value, std::round(value));
  }
}

TEST(CandidateValuesTest, AGridHasEveryMultipleOfAStepThatFits) {
  for (int count = 2; count <= kGridPoints; ++count) {
    const DataColumn column = {.range = {0, 0.5F * static_cast<float>(count - 1)}, .step = 0.5F};
    EXPECT_EQ(CandidateValues(column, kGrid, 0, 0).size(), static_cast<size_t>(count));
  }
}

TEST(CandidateValuesTest, RowsOfManyValuesHaveACoarseGrid) {
  const DataColumn pixel = {.range = {0, 255}, .step = 1};
  EXPECT_EQ(MostCandidates(pixel, CandidateGridFor(256)), 48);
  EXPECT_EQ(MostCandidates(pixel, CandidateGridFor(257)), 8);
  EXPECT_EQ(CandidateValues(pixel, CandidateGridFor(784), 0, 0).size(), 8U);
  EXPECT_EQ(CandidateGridFor(784).refinements, 0);
}

}  // namespace
}  // namespace ebm
