#include "client/cli/imputation.h"

#include <limits>
#include <string>
#include <vector>

#include "client/cli/gap_cost.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

ModelDescription Mixed() {
  ModelDescription model;
  model.input_shape = {4};
  model.class_labels = {"a", "b"};
  model.columns = {{.name = "width, cm"},
                   {.name = "id", .kind = ColumnKind::kIgnored},
                   {.name = "count", .kind = ColumnKind::kWholeNumber, .range = {0.5F, 9.5F}, .step = 1},
                   {.name = "colour",
                    .kind = ColumnKind::kCategory,
                    .step = 1,
                    .values = {{"dark, \"blue\"", 0}, {"red", 1}, {"line\nend", 2}}},
                   {.name = "member", .kind = ColumnKind::kBinary, .step = 1, .values = {{"no", 0}, {"yes", 1}}},
                   {.name = "kind", .kind = ColumnKind::kLabel}};
  return model;
}

TEST(ImputationTest, TheBestValueIsTheMeanTheRoundedMeanOrTheMostFrequentOne) {
  const MatrixBuffer draws({1.5F, 1, 0, 1,  //
                            2.5F, 2, 2, 0,  //
                            3.5F, 2, 2, 1},
                           3, 4);
  EXPECT_THAT(BestValues(Mixed(), draws.view()), ElementsAre(2.5F, 2, 2, 1));
}

TEST(ImputationTest, OnlyMissingWholeNumbersAreMovedIntoTheirRange) {
  const MatrixBuffer draws({99, -3, 1, 0, -99, 12, 1, 0}, 2, 4);
  const std::vector<float> missing = {kGap, kGap, kGap, kGap};
  EXPECT_THAT(WithinRanges(Mixed(), missing, draws.view()).values(), ElementsAre(99, 1, 1, 0, -99, 9, 1, 0));
  const std::vector<float> known = {kGap, 12, kGap, kGap};
  EXPECT_THAT(WithinRanges(Mixed(), known, draws.view()).values(), ElementsAre(99, -3, 1, 0, -99, 12, 1, 0));
}

TEST(ImputationTest, CellsWithSeparatorsQuotesOrLineEndsAreQuoted) {
  EXPECT_EQ(CsvHeaderOf(Mixed()), "\"width, cm\",count,colour,member");
  EXPECT_EQ(CsvRow(Mixed(), std::vector<float>{0.1F, 3, 0, 1}), "0.1,3,\"dark, \"\"blue\"\"\",yes");
  EXPECT_EQ(CsvRow(Mixed(), std::vector<float>{-2, 3, 2, 0}), "-2,3,\"line\nend\",no");
}

TEST(ImputationTest, ColumnsWithoutNamesHaveNoHeader) {
  ModelDescription model = Mixed();
  model.columns = {DataColumn()};
  EXPECT_THAT(CsvHeaderOf(model), IsEmpty());
  EXPECT_THAT(ColumnsOfValues(model.columns, model.num_values()),
              ElementsAre(&model.columns[0], &model.columns[0], &model.columns[0], &model.columns[0]));
}

TEST(GapCostTest, CountsTheCoordinatesOfCategories) {
  const ModelDescription model = Mixed();
  const CompletionCost cost = CostOf(model, std::vector<float>{1, 2, kGap, 1});
  EXPECT_EQ(cost.rows, kDrawsPerRow);
  EXPECT_EQ(cost.operations, CostOfRow(/*dimension=*/6, /*missing=*/3, /*gaussians=*/2).operations);
  EXPECT_EQ(CostOf(model, std::vector<float>{1, 2, 0, 1}).rows, 1);
}

TEST(GapCostTest, OfModelsOfLevelsDoesNotGrowWithTheSquareOfTheGaps) {
  ModelDescription model = Mixed();
  model.input_shape = {2000};
  model.columns = {DataColumn()};
  model.has_levels = true;
  const MatrixBuffer rows(std::vector<float>(3 * 2000, kGap), 3, 2000);
  EXPECT_EQ(CostOf(model, rows.row(0)).operations, 2000.0 * kDrawsPerRow);
  EXPECT_EQ(CountThatFit(model, rows.view()), 3);
}

TEST(GapCostTest, RequestsAreAsLargeAsAServerTakesThem) {
  const ModelDescription model = Mixed();
  const int64_t most = kMostCompletedRows / kDrawsPerRow;
  EXPECT_EQ(CountThatFit(model, MatrixBuffer(std::vector<float>(4 * (most + 5), kGap), most + 5, 4).view()), most);
  EXPECT_EQ(CountThatFit(model, MatrixBuffer(2 * kMostCompletedRows, 4).view()), 2 * kMostCompletedRows)
      << "complete rows are not limited here";
  ModelDescription wide = model;
  wide.input_shape = {2000};
  wide.columns = {DataColumn()};
  const MatrixBuffer rows(std::vector<float>(3 * 2000, kGap), 3, 2000);
  EXPECT_EQ(CountThatFit(wide, rows.view()), 1) << "a row that no request can have is left to the server to refuse";
}

class ImputeCommandTest : public ClientHarness {
 protected:
  ImputeCommandTest() { server_.model.add_capabilities(v1::CAPABILITY_MISSING_VALUES); }
};

// The server's chain i ends with all values equal to i.
TEST_F(ImputeCommandTest, HoldsTheKnownValuesAndReturnsThemAsTheyAre) {
  const std::string file = WriteFile("gaps.csv", "1,2,3,4\n5,,7,?\n");
  ASSERT_EQ(Run({"impute", "--input=" + file, "--draws=2", "--seed=3", "--format=json"}), 0) << err_;
  const v1::SampleRequest& request = server_.sample_request;
  EXPECT_EQ(request.chains(), 2U);
  EXPECT_EQ(request.seed(), 3U);
  EXPECT_EQ(request.held_coordinates().data(), std::string("\1\0\1\0", 4));
  EXPECT_THAT(out_, HasSubstr(R"({"row":1,"missing":[1,3],"draws":[[0.0,0.0,0.0,0.0],[1.0,1.0,1.0,1.0]]})"));
  ASSERT_EQ(Run({"impute", "--input=" + file}), 0) << err_;
  EXPECT_EQ(server_.sample_request.chains(), 32U);
  EXPECT_EQ(out_, "1,2,3,4\n5,15.5,7,15.5\n");
  EXPECT_THAT(err_, HasSubstr("filled 2 missing values in 1 of 2 rows"));
}

TEST_F(ImputeCommandTest, DividesLongRunsAmongRequests) {
  const std::string file = WriteFile("gaps.csv", "5,,7,?\n");
  ASSERT_EQ(Run({"impute", "--input=" + file, "--draws=5", "--steps=1000000", "--format=json"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.chains(), 1U) << "2 of 1000000 steps fill a request";
  EXPECT_EQ(server_.sample_request.first_chain(), 4U);
}

TEST_F(ImputeCommandTest, RefusesAModelWithoutABaseDensity) {
  server_.model.clear_capabilities();
  const std::string gaps = WriteFile("gaps.csv", "5,,7,?\n");
  EXPECT_EQ(Run({"impute", "--input=" + gaps}), 2);
  EXPECT_THAT(err_, HasSubstr("has no value: it is empty, NA, nan or ?; the model has no base density"));
  const std::string complete = WriteFile("complete.csv", "5,6,7,8\n");
  EXPECT_EQ(Run({"impute", "--input=" + complete}), 1);
  EXPECT_THAT(err_, HasSubstr("model toy has no base density, which missing values need"));
}

}  // namespace
}  // namespace ebm::client
