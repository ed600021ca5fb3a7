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

TEST(TrainingDataTest, LabelsMayBeAnyNumbers) {
  const TrainingData data = *LoadTrainingData({.data = Write("gap.csv", TwoColumns(50) + "1,2,65535\n")});
  EXPECT_THAT(data.class_labels, ElementsAre("0", "1", "65535"));
}

// The third class has four rows: too few to hold one out.
TEST(TrainingDataTest, EveryClassIsLearned) {
  const std::string path = Write("lone.csv", TwoColumns(50) + "1,2,2\n2,3,2\n4,4,2\n5,9,2\n");
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const TrainingData data = *LoadTrainingData({.data = path, .seed = seed});
    EXPECT_EQ(std::ranges::count(data.train.labels, 2), 4);
    EXPECT_EQ(std::ranges::count(data.validation.labels, 0), 5);
    EXPECT_EQ(std::ranges::count(data.validation.labels, 1), 5);
  }
}

TEST(TrainingDataTest, ColumnsAreStandardisedIfTheRecipeAsksForIt) {
  const TrainingData data =
      *LoadTrainingData({.data = Write("two.csv", TwoColumns(500)), .scaling = ScalingKind::kStandardised});
  for (size_t c = 0; c < 2; ++c) {
    double sum = 0;
    double squares = 0;
    for (int64_t r = 0; r < data.train.rows.rows(); ++r) {
      sum += data.train.rows.row(r)[c] / 400.0;
      squares += data.train.rows.row(r)[c] * data.train.rows.row(r)[c] / 400.0;
    }
    EXPECT_NEAR(sum, 0, 1e-5);
    EXPECT_NEAR(squares, 1, 1e-5);
  }
}

TEST(TrainingDataTest, APictureHasOneColumnForAllValues) {
  const TrainingData data = *LoadTrainingData({.data = Write("two.csv", TwoColumns(50)), .input_shape = {1, 2}});
  EXPECT_EQ(data.columns.size(), 1U);
  EXPECT_EQ(data.columns.front().step, 1);
  EXPECT_EQ(data.columns.front().range, (DataRange{0, 98}));
  EXPECT_EQ(
      LoadTrainingData({.data = Write("two.csv", TwoColumns(50)), .table = {.step = 0.25F}, .input_shape = {1, 2}})
          ->columns.front()
          .step,
      0.25F);
  const std::string words =
      Write("words.csv", "a,b,0\na,c,1\nd,b,0\na,b,0\na,c,1\nd,b,0\na,b,0\na,c,1\nd,b,0\nd,c,1\n");
  EXPECT_THAT(MessageFor({.data = words, .input_shape = {1, 2}}), HasSubstr("has words; a picture has numbers"));
}

TEST(TrainingDataTest, AColourPictureHasAColumnForEachChannel) {
  std::string rows;
  std::string named = "a,b,c,label\n";
  for (int i = 1; i <= 20; ++i) {
    absl::StrAppend(&rows, i * i, ",", 2 * i, ",", 3 * i, ",", i % 2, "\n");
    absl::StrAppend(&named, i * i, ",", 2 * i, ",", 3 * i, ",", i % 2, "\n");
  }
  const TrainingData data = *LoadTrainingData({.data = Write("rgb.csv", rows), .input_shape = {3, 1, 1}});
  ASSERT_EQ(data.columns.size(), 3U);
  EXPECT_EQ(data.columns[0].name, "red");
  EXPECT_EQ(data.columns[0].range, (DataRange{1, 400}));
  EXPECT_FLOAT_EQ(data.columns[2].scaling.ToScaled(60), 1.0F);
  EXPECT_TRUE(data.has_one_scale);
  const TrainingData others = *LoadTrainingData({.data = Write("abc.csv", named), .input_shape = {3, 1, 1}});
  ASSERT_EQ(others.columns.size(), 4U);
  EXPECT_EQ(others.columns[1].name, "b");
  EXPECT_EQ(others.columns[1].range, (DataRange{2, 40}));
}

TEST(TrainingDataTest, FilesAreScaledToTheUnitBoxAndAFifthIsHeldOut) {
  const TrainingData data = *LoadTrainingData({.data = Write("two.csv", TwoColumns(50))});
  EXPECT_EQ(data.train.rows.rows(), 40);
  EXPECT_EQ(data.validation.rows.rows(), 10);
  EXPECT_FALSE(data.test.has_value());
  EXPECT_THAT(data.class_labels, ElementsAre("0", "1"));
  EXPECT_FLOAT_EQ(data.columns[0].scaling.ToScaled(0), -1.0F);
  EXPECT_FLOAT_EQ(data.columns[0].scaling.ToScaled(98), 1.0F);
  EXPECT_FLOAT_EQ(data.columns[1].scaling.ToScaled(49), 1.0F);
}

// As MNIST is often spread.
TEST(TrainingDataTest, APictureKeepsThePlaceOfItsLabel) {
  std::string text = "label,p0,p1\n";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&text, i % 2, ",", i, ",", 40 - i, "\n");
  const std::string path = Write("pixels.csv", text);
  const TrainingData data = *LoadTrainingData({.data = path, .test_data = path, .input_shape = {1, 2}});
  ASSERT_EQ(data.columns.size(), 3U);
  EXPECT_EQ(data.columns[0].kind, ColumnKind::kLabel);
  EXPECT_EQ(data.columns[1].range, (DataRange{0, 40}));
  EXPECT_EQ(data.columns[1].scaling, data.columns[2].scaling);
  EXPECT_EQ(data.test->rows.rows(), 20);
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
  EXPECT_EQ(data.validation.rows.rows(), 18);
  EXPECT_EQ(data.calibration.rows.rows(), 0);
}

TEST(TrainingDataTest, BadDataIsNamed) {
  const std::string good = Write("good.csv", TwoColumns(50));
  EXPECT_THAT(MessageFor({.data = "/nowhere/rows.csv"}), HasSubstr("/nowhere/rows.csv"));
  EXPECT_THAT(MessageFor({.data = Write("few.csv", TwoColumns(3))}), HasSubstr("3 rows; at least 10"));
  EXPECT_THAT(MessageFor({.data = Write("one_class.csv", "9,0\n2,0\n3,0\n4,0\n5,0\n6,0\n7,0\n8,0\n9,0\n10,0\n")}),
              HasSubstr("say --label=NAME or --label=none"));
  EXPECT_THAT(MessageFor({.data = Write("ragged.csv", TwoColumns(20) + "1,2\n")}), HasSubstr("21"));
  EXPECT_THAT(MessageFor({.data = Write("nan.csv", TwoColumns(20) + "nan,2,0\n")}),
              HasSubstr("nan.csv: row 21: column 1 has no value"));
  EXPECT_THAT(MessageFor({.data = good, .validation_data = Write("wide.csv", "1,2,3,0\n")}),
              HasSubstr("wide.csv: a row has 4 values; the model takes 2"));
  EXPECT_THAT(MessageFor({.data = good, .table = {.step = -1.0F}}), HasSubstr("data_step is -1; a finite number"));
  EXPECT_THAT(MessageFor({.data = Write("same.csv",
                                        [] {
                                          std::string text;
                                          for (int i = 0; i < 20; ++i) absl::StrAppend(&text, "3,3,", i % 2, "\n");
                                          return text;
                                        }()),
                          .input_shape = {1, 2}}),
              HasSubstr("same.csv: column 1: the data range from 3 to 3 is empty"));
  EXPECT_THAT(MessageFor({.data = good, .input_shape = {2, 2}}), HasSubstr("shape 2,2 has 4 values; rows have 2"));
}

}  // namespace
}  // namespace ebm
