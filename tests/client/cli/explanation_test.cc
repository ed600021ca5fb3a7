#include "client/cli/explanation.h"

#include <limits>
#include <string>
#include <vector>

#include "client/cli/json_output.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

ModelDescription People() {
  ModelDescription model = {.input_shape = {3}};
  model.columns = {{.name = "income"},
                   {.name = "species", .kind = ColumnKind::kLabel},
                   {.name = "colour",
                    .kind = ColumnKind::kCategory,
                    .step = 1,
                    .values = {{"dark blue", 0}, {"green", 1}, {"red", 2}}},
                   {.name = "rooms", .kind = ColumnKind::kWholeNumber, .step = 1}};
  return model;
}

std::vector<ExplainedValue> Sorted(const ModelDescription& model, const std::vector<float>& row,
                                   const std::vector<float>& rises, const std::vector<float>& best_values) {
  return SortedByRise(model, row, rises, best_values);
}

TEST(ExplanationTextTest, NamesColumnsAndCategoriesFromTheLargestRiseOn) {
  const ModelDescription model = People();
  EXPECT_EQ(ExplanationText(Sorted(model, {1234.5F, 2, 9}, {0.44F, 12.26F, 3}, {1000.04F, 0, 3})),
            "colour = red (+12.3 nats at dark blue), rooms = 9 (+3.0 nats at 3), income = 1234.5 (+0.4 nats at 1000)");
}

TEST(ExplanationTextTest, LeavesOutWhatHardlyRisesAndWhatIsMissing) {
  const ModelDescription model = People();
  EXPECT_EQ(ExplanationText(Sorted(model, {kMissing, 2, 9}, {kMissing, 0.04F, 3}, {kMissing, 0, 3})),
            "rooms = 9 (+3.0 nats at 3)");
  EXPECT_EQ(ExplanationText(Sorted(model, {1, 2, 3}, {0, 0, 0}, {1, 2, 3})), "");
}

TEST(ExplanationTextTest, ChannelsAreCountedByValue) {
  ModelDescription model = {.input_shape = {2, 1, 2}};
  model.columns = {{.name = "red"}, {.name = "green"}};
  EXPECT_EQ(ExplanationText(Sorted(model, {1, 2, 3, 4}, {0, 0, 5, 0}, {1, 2, 8, 4})), "value 2 = 3 (+5.0 nats at 8)");
}

TEST(ExplanationJsonTest, HasNamesNumbersAndNulls) {
  const ModelDescription model = People();
  const ScoreAnswer answer = {.log_densities = {-1}};
  const auto sorted = Sorted(model, {kMissing, 2, 9.5F}, {kMissing, 0, 3}, {kMissing, 2, 3});
  EXPECT_THAT(ScoreJson(0, answer, 0, std::nullopt, sorted),
              HasSubstr(R"("explanation":[{"column":"rooms","value":9.5,"rise":3.0,"best_value":3.0},)"
                        R"({"column":"colour","value":"red","rise":0.0,"best_value":"red"},)"
                        R"({"column":"income","value":null,"rise":null,"best_value":null}])"));
  EXPECT_EQ(ScoreJson(0, answer, 0).find("explanation"), std::string::npos);
}

TEST(RowsExplainedAtOnceTest, FollowFromTheColumns) {
  EXPECT_EQ(RowsExplainedAtOnce(People()), 32768 / (48 + 3 + 48));
  ModelDescription pictures = {.input_shape = {28, 28}};
  EXPECT_EQ(RowsExplainedAtOnce(pictures), 5);
  pictures.input_shape = {3, 224, 224};
  EXPECT_EQ(RowsExplainedAtOnce(pictures), 1) << "the server refuses it, and says why";
}

}  // namespace
}  // namespace ebm::client
