#include "model/offline/train/training_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Write(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

// n rows "2i, i, label" with labels 0 1 0 1 ...
std::string TwoColumns(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) absl::StrAppend(&text, 2 * i, ",", i, ",", i % 2, "\n");
  return text;
}

std::string MessageFor(const DataOptions& options) { return std::string(LoadTrainingData(options).status().message()); }

TEST(TrainingDataTest, DigitsComeInTheNotebooksSplitAndUnits) {
  const TrainingData data = *LoadTrainingData({.data = "digits"});
  EXPECT_EQ(data.train.rows.rows(), 1000);
  EXPECT_EQ(data.validation.rows.rows(), 350);
  EXPECT_EQ(data.test->rows.rows(), 447);
  EXPECT_THAT(data.input_shape, ElementsAre(8, 8));
  const auto [lowest, highest] = std::ranges::minmax(data.train.rows.values());
  EXPECT_FLOAT_EQ(lowest, -1.0F);
  EXPECT_FLOAT_EQ(highest, 2.0F * 16 / 17 - 1);
}

TEST(TrainingDataTest, AClassWithoutRowsIsTakenForAMistypedLabel) {
  const std::string path = Write("gap.csv", TwoColumns(50) + "1,2,65535\n");
  EXPECT_THAT(MessageFor({.data = path}), AllOf(HasSubstr("no row has the label 2"), HasSubstr("65535")));
}

// The third class has one row, which some seed holds out.
TEST(TrainingDataTest, AClassThatIsHeldOutEntirelyIsToldByName) {
  const std::string path = Write("lone.csv", TwoColumns(50) + "1,2,2\n");
  int refused = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const std::string message = MessageFor({.data = path, .seed = seed});
    if (message.empty()) continue;
    ++refused;
    EXPECT_THAT(message, HasSubstr("class 2: all of its rows were held out for validation"));
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 40);
  EXPECT_EQ(MessageFor({.data = path, .validation_data = Write("more.csv", TwoColumns(20))}), "");
}

TEST(TrainingDataTest, FilesAreScaledToTheUnitBoxAndAFifthIsHeldOut) {
  const TrainingData data = *LoadTrainingData({.data = Write("two.csv", TwoColumns(50))});
  EXPECT_EQ(data.train.rows.rows(), 40);
  EXPECT_EQ(data.validation.rows.rows(), 10);
  EXPECT_FALSE(data.test.has_value());
  EXPECT_THAT(data.class_labels, ElementsAre("0", "1"));
  EXPECT_FLOAT_EQ(data.columns.front().scaling.ToScaled(0), -1.0F);
  EXPECT_FLOAT_EQ(data.columns.front().scaling.ToScaled(98), 1.0F);
}

TEST(HoldOutCalibrationTest, EverySecondValidationRowIsMoved) {
  TrainingData data = *LoadTrainingData({.data = "digits"});
  const TrainingData before = data;
  HoldOutCalibration(data);
  EXPECT_EQ(data.train.rows.values(), before.train.rows.values());
  EXPECT_EQ(data.validation.rows.rows(), 175);
  EXPECT_EQ(data.calibration.rows.rows(), 175);
  for (int64_t row = 0; row < 350; ++row) {
    const LabelledData& moved = row % 2 == 0 ? data.validation : data.calibration;
    EXPECT_TRUE(std::ranges::equal(moved.rows.row(row / 2), before.validation.rows.row(row)));
    EXPECT_EQ(moved.labels[row / 2], before.validation.labels[row]);
  }
}

TEST(HoldOutCalibrationTest, FewValidationRowsStayWhereTheyAre) {
  TrainingData data = *LoadTrainingData({.data = Write("small.csv", TwoColumns(95))});
  HoldOutCalibration(data);
  EXPECT_EQ(data.validation.rows.rows(), 19);
  EXPECT_EQ(data.calibration.rows.rows(), 0);
}

TEST(TrainingDataTest, BadDataIsNamed) {
  const std::string good = Write("good.csv", TwoColumns(50));
  EXPECT_THAT(MessageFor({.data = "/nowhere/rows.csv"}), HasSubstr("/nowhere/rows.csv"));
  EXPECT_THAT(MessageFor({.data = Write("few.csv", TwoColumns(3))}), HasSubstr("3 rows; at least 10"));
  EXPECT_THAT(MessageFor({.data = Write("one_class.csv", "9,0\n2,0\n3,0\n4,0\n5,0\n6,0\n7,0\n8,0\n9,0\n10,0\n")}),
              HasSubstr("at least 2 classes"));
  EXPECT_THAT(MessageFor({.data = Write("ragged.csv", TwoColumns(20) + "1,2\n")}), HasSubstr("21"));
  EXPECT_THAT(MessageFor({.data = Write("nan.csv", TwoColumns(20) + "nan,2,0\n")}), HasSubstr("nan"));
  EXPECT_THAT(MessageFor({.data = Write("label.csv", TwoColumns(20) + "1,2,-1\n")}), HasSubstr("-1"));
  EXPECT_THAT(MessageFor({.data = good, .validation_data = Write("wide.csv", "1,2,3,0\n")}), HasSubstr("3 values"));
  EXPECT_THAT(MessageFor({.data = good, .input_shape = {2, 2}}), HasSubstr("shape 2,2 has 4 values; rows have 2"));
}

}  // namespace
}  // namespace ebm
