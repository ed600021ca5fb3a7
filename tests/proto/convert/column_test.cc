#include "proto/convert/column.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::vector<DataColumn> OfEveryColumnKind() {
  return {{.name = "a", .range = {-1, 2}, .scaling = {0.5F, 3}, .power = PowerTransform{0.25F, {2, -1}}},
          {.name = "b", .kind = ColumnKind::kWholeNumber, .range = {0, 9}, .scaling = {0.25F, -1}, .step = 1},
          {.name = "g", .range = {0, 255}, .scaling = {0.5F, 0}, .step = 255, .threshold = 128.0F},
          {.name = "c", .kind = ColumnKind::kBinary, .range = {1, 2}, .step = 1, .values = {{"1", 1}, {"2", 2}}},
          {.name = "", .kind = ColumnKind::kCategory, .step = 1, .values = {{"x", 0}, {"y", 1}, {"z", 2}}},
          {.name = "e", .kind = ColumnKind::kLabel},
          {.name = "f", .kind = ColumnKind::kIgnored}};
}

TEST(ColumnConversionTest, EveryKindSurvivesTheWire) {
  v1::Model model;
  SetColumns(OfEveryColumnKind(), {-1, 9}, model);
  EXPECT_EQ(*ColumnsOf(model), OfEveryColumnKind());
  EXPECT_EQ(RangeOf(model), (DataRange{-1, 9}));
  EXPECT_FALSE(model.has_scaling());
}

TEST(ColumnConversionTest, APlainColumnIsTheModelsRangeAndScaling) {
  const std::vector<DataColumn> plain = {{.range = {-1, 9}, .scaling = {0.5F, 3}}};
  v1::Model model;
  SetColumns(plain, {-1, 9}, model);
  EXPECT_TRUE(model.columns().empty());
  EXPECT_EQ(*ColumnsOf(model), plain);
}

TEST(ColumnConversionTest, RefusesAKindThatItDoesNotKnow) {
  v1::Model model;
  model.add_columns()->set_kind(static_cast<v1::ColumnKind>(77));
  EXPECT_THAT(std::string(ColumnsOf(model).status().message()), HasSubstr("columns.kind: 77"));
}

}  // namespace
}  // namespace ebm
