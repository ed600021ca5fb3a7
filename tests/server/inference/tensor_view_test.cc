#include "server/inference/tensor_view.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kMaxRows = 3;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

ModelSpec Spec() { return FakeInfo().spec; }

TEST(DecodeRowsTest, ScalesDataUnits) {
  const auto rows =
      DecodeRows(FloatTensor({1, 4}, {0, 2, 4, 1}).view(), Spec(), {.field = "inputs", .max_rows = kMaxRows});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(-1, 0, 1, -0.5));
}

TEST(DecodeRowsTest, AcceptsTheInputShapeAndBytes) {
  const auto rows = DecodeRows(ByteTensor({1, 2, 2}, std::string("\x00\x02\x04\xff", 4)).view(), Spec(),
                               {.field = "inputs", .max_rows = kMaxRows});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(-1, 0, 1, 126.5));
}

TEST(DecodeRowsTest, AcceptsAsManyRowsAsTheLimit) {
  EXPECT_TRUE(
      DecodeRows(FloatTensor({3, 4}, std::vector<float>(12)).view(), Spec(), {.field = "inputs", .max_rows = kMaxRows})
          .ok());
}

struct BadTensor {
  const char* name;
  OwnTensor tensor;
  const char* message;
};

class BadRowsTest : public testing::TestWithParam<BadTensor> {};

TEST_P(BadRowsTest, AreRefusedByFieldValueAndLimit) {
  const auto rows = DecodeRows(GetParam().tensor.view(), Spec(), {.field = "inputs", .max_rows = kMaxRows});
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Tensors, BadRowsTest,
    testing::Values(BadTensor{"Unset", OwnTensor(), "inputs.shape: [], must be [n, 4], or [n] followed by [2, 2]"},
                    BadTensor{"FlatRow", FloatTensor({4}, {1, 2, 3, 4}), "inputs.shape: [4]"},
                    BadTensor{"ManyAxes", FloatTensor(std::vector<int64_t>(100'000, 1), {1}),
                              "inputs.shape: 100000 axes, must be at most 16"},
                    BadTensor{"WrongWidth", FloatTensor({1, 5}, {1, 2, 3, 4, 5}), "inputs.shape: [1, 5]"},
                    BadTensor{"Transposed", FloatTensor({2, 2, 1}, {1, 2, 3, 4}), "inputs.shape: [2, 2, 1]"},
                    BadTensor{"NoRows", FloatTensor({0, 4}, {}), "inputs.shape[0]: 0, must be at least 1"},
                    BadTensor{"NegativeRows", FloatTensor({-1, 4}, {}), "inputs.shape[0]: -1, must be at least 1"},
                    BadTensor{"TooManyRows", FloatTensor({4, 4}, std::vector<float>(16)),
                              "inputs.shape[0]: 4 rows, must be at most 3"},
                    BadTensor{"AbsurdRows", FloatTensor({std::numeric_limits<int64_t>::max(), 4}, {}),
                              "must be at most 3"},
                    BadTensor{"Truncated", FloatTensor({1, 4}, {1, 2, 3}), "inputs.data: 12 bytes, must be 16"},
                    BadTensor{"TooLong", FloatTensor({1, 4}, {1, 2, 3, 4, 5}), "inputs.data: 20 bytes, must be 16"},
                    BadTensor{"NaN", FloatTensor({1, 4}, {1, 2, std::nanf(""), 4}), "inputs: row 0: value 2 is nan"},
                    BadTensor{"Infinite", FloatTensor({1, 4}, {kInfinity, 2, 3, 4}), "inputs: row 0: value 0 is inf"}),
    [](const auto& info) { return info.param.name; });

TEST(DecodeRowsTest, RefusesValuesThatOverflowInScaling) {
  ModelSpec spec = Spec();
  spec.columns.front().scaling.scale = 1e10F;
  const auto rows =
      DecodeRows(FloatTensor({1, 4}, {0, 1e38F, 0, 0}).view(), spec, {.field = "inputs", .max_rows = kMaxRows});
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("inputs: row 0: value 1 is 1e+38"));
}

// The row limit is so high that only the check of the product can refuse the shape.
TEST(DecodeRowsTest, RefusesAProductThatOverflows) {
  const int64_t huge = std::numeric_limits<int64_t>::max() / 2;
  const auto rows = DecodeRows(FloatTensor({huge, 4}, {}).view(), Spec(), {.field = "inputs", .max_rows = huge});
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("inputs.shape[0]"));
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("2^63 bytes"));
}

TEST(DecodeMaskTest, AcceptsFlatAndInputShape) {
  const std::string bytes("\x00\x01\x01\x00", 4);
  EXPECT_THAT(*DecodeMask(ByteTensor({4}, bytes).view(), Spec(), "mask"), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(*DecodeMask(ByteTensor({2, 2}, bytes).view(), Spec(), "mask"), ElementsAre(0, 1, 1, 0));
}

class BadMaskTest : public testing::TestWithParam<BadTensor> {};

TEST_P(BadMaskTest, IsRefusedByFieldValueAndLimit) {
  const auto mask = DecodeMask(GetParam().tensor.view(), Spec(), "mask");
  EXPECT_EQ(mask.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(mask.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Tensors, BadMaskTest,
    testing::Values(BadTensor{"Floats", FloatTensor({4}, {0, 1, 0, 1}), "mask.data_type: FLOAT32, must be UINT8"},
                    BadTensor{"Wide", ByteTensor({5}, "abcde"), "mask.shape: [5], must be [4] or [2, 2]"},
                    BadTensor{"Batched", ByteTensor({1, 4}, "abcd"), "mask.shape: [1, 4]"},
                    BadTensor{"Truncated", ByteTensor({4}, std::string(3, '\0')), "mask.data: 3 bytes, must be 4"},
                    BadTensor{"Two", ByteTensor({4}, std::string("\x00\x01\x02\x00", 4)),
                              "mask.data: element 2 is 2, must be 0 or 1"}),
    [](const auto& info) { return info.param.name; });

// A number and a category of three values.
ModelSpec TableSpec() {
  return {.input_shape = {2},
          .columns = {{.name = "width", .scaling = {.scale = 0.5F, .offset = -1}},
                      {.name = "colour",
                       .kind = ColumnKind::kCategory,
                       .step = 1,
                       .values = {{"red", 0}, {"green", 1}, {"blue", 2}}}}};
}

TEST(DecodeRowsTest, ACategoryBecomesACoordinateForEachValue) {
  const auto rows =
      DecodeRows(FloatTensor({2, 2}, {4, 2, 0, 0}).view(), TableSpec(), {.field = "inputs", .max_rows = kMaxRows});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(1, 0, 0, 1, -1, 1, 0, 0));
}

TEST(DecodeRowsTest, NamesTheColumnThatCannotHaveTheValue) {
  const auto rows =
      DecodeRows(FloatTensor({2, 2}, {4, 2, 0, 3}).view(), TableSpec(), {.field = "inputs", .max_rows = kMaxRows});
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("inputs: row 1: column 'colour' is 3"));
}

TEST(DecodeStatesTest, HaveTheModelsCoordinates) {
  const auto states = DecodeStates(FloatTensor({1, 4}, {1, 0.5F, 0.25F, -1}).view(), TableSpec(),
                                   {.field = "states", .max_rows = kMaxRows});
  ASSERT_TRUE(states.ok()) << states.status();
  EXPECT_THAT(*states, ElementsAre(1, 0.5F, 0.25F, -1));
  EXPECT_FALSE(
      DecodeStates(FloatTensor({1, 2}, {1, 0.5F}).view(), TableSpec(), {.field = "states", .max_rows = kMaxRows}).ok());
}

TEST(DecodeMaskTest, HoldsAllCoordinatesOfACategory) {
  EXPECT_THAT(*DecodeMask(ByteTensor({2}, std::string("\x00\x01", 2)).view(), TableSpec(), "mask"),
              ElementsAre(0, 1, 1, 1));
}

}  // namespace
}  // namespace ebm::inference
