#include "model/offline/evaluation/evaluation_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/offline/data/digits.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelSpec DigitsSpec() {
  ModelSpec spec{.input_shape = {8, 8}, .columns = {{.scaling = {.scale = 2.0F / 17.0F, .offset = -1.0F}}}};
  spec.class_labels = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return spec;
}

ModelSpec PairSpec() {
  return {.input_shape = {2}, .class_labels = {"a", "b"}, .columns = {{.scaling = {.scale = 0.5F, .offset = 1.0F}}}};
}

class EvaluationDataTest : public ::testing::Test {
 protected:
  std::string Message(const EvaluationDataOptions& options, const ModelSpec& spec = PairSpec()) {
    const absl::Status status = LoadEvaluationData(options, spec).status();
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  }

  TemporaryFolder folder_;
  const std::string good_ = folder_.Write("good.csv", "1,2,0\n3,4,1\n");
};

TEST_F(EvaluationDataTest, TheDigitsComeWithTheirOwnOtherRows) {
  const EvaluationData data = *LoadEvaluationData({.data = "digits"}, DigitsSpec());
  EXPECT_EQ(data.split, "test");
  EXPECT_EQ(data.rows.data.rows.rows(), kDigitsTest.count);
  EXPECT_EQ(data.validation->data.rows.rows(), kDigitsValidation.count);
  EXPECT_EQ(data.training->data.rows.rows(), kDigitsTrain.count);
  EXPECT_FLOAT_EQ(std::ranges::min(data.rows.data.rows.values()), -1.0F);
}

TEST_F(EvaluationDataTest, ValidationRowsAreNotTheirOwnValidation) {
  const EvaluationData data = *LoadEvaluationData({.data = "digits", .split = "validation"}, DigitsSpec());
  EXPECT_EQ(data.rows.data.rows.rows(), kDigitsValidation.count);
  EXPECT_FALSE(data.validation.has_value());
}

TEST_F(EvaluationDataTest, FilesAreTakenWholeInTheModelsUnits) {
  const std::string rows = folder_.Write("rows.csv", "5,6\n");
  const EvaluationData data = *LoadEvaluationData(
      {.data = good_, .validation_data = good_, .training_data = rows, .outliers = {"letters=" + rows}}, PairSpec());
  EXPECT_THAT(data.rows.data.rows.values(), ElementsAre(1.5F, 2.0F, 2.5F, 3.0F));
  EXPECT_THAT(data.rows.data.labels, ElementsAre(0, 1));
  EXPECT_EQ(data.rows.sha256.size(), 64U);
  EXPECT_EQ(data.outliers.front().name, "letters");
  EXPECT_THAT(data.outliers.front().data.rows.values(), ElementsAre(3.5F, 4.0F));
  EXPECT_THAT(data.training->data.rows.values(), ElementsAre(3.5F, 4.0F));
}

TEST_F(EvaluationDataTest, WithoutThemNothingIsMadeUp) {
  const EvaluationData data = *LoadEvaluationData({.data = good_}, PairSpec());
  EXPECT_FALSE(data.validation.has_value());
  EXPECT_FALSE(data.training.has_value());
}

TEST_F(EvaluationDataTest, BadRowsAreNamed) {
  EXPECT_THAT(Message({.data = "/nowhere/rows.csv"}), HasSubstr("/nowhere/rows.csv"));
  EXPECT_THAT(Message({.data = folder_.Write("empty.csv", "")}), HasSubstr("empty.csv"));
  EXPECT_THAT(Message({.data = folder_.Write("nan.csv", "1,nan,0\n")}), HasSubstr("nan"));
  EXPECT_THAT(Message({.data = folder_.Write("wide.csv", "1,2,3,0\n")}), HasSubstr("4 values"));
  EXPECT_THAT(Message({.data = folder_.Write("label.csv", "1,2,2\n")}), HasSubstr("label '2'"));
  EXPECT_THAT(Message({.data = folder_.Write("bare.csv", "1,2\n")}), AllOf(HasSubstr("bare.csv"), HasSubstr("label")));
  EXPECT_THAT(Message({.data = "digits"}), HasSubstr("64 values; the model takes 2"));
}

TEST_F(EvaluationDataTest, BadOptionsAreNamed) {
  EXPECT_THAT(Message({.data = good_, .split = "test"}), AllOf(HasSubstr("split"), HasSubstr("whole")));
  EXPECT_THAT(Message({.data = "digits", .split = "train"}, DigitsSpec()), HasSubstr("train"));
  for (const char* outliers : {"letters", "=file.csv", "letters=", "Le tters=file.csv"}) {
    EXPECT_THAT(Message({.data = good_, .outliers = {outliers}}), AllOf(HasSubstr(outliers), HasSubstr("NAME=FILE")));
  }
  EXPECT_THAT(Message({.data = good_, .outliers = {"shuffled=" + good_}}), HasSubstr("\"shuffled\" is already used"));
  EXPECT_THAT(Message({.data = good_, .outliers = {"a=" + good_, "a=" + good_}}), HasSubstr("\"a\" is already used"));
}

TEST_F(EvaluationDataTest, ADataSetOfMoreClassesThanTheModelIsRefused) {
  ModelSpec spec = DigitsSpec();
  spec.class_labels.resize(3);
  EXPECT_THAT(Message({.data = "digits"}, spec), HasSubstr("labels go up to 9; the model has 3 classes"));
}

}  // namespace
}  // namespace ebm
