#include "model/offline/train/auto_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Rows of zeros, with the classes in turn.
TrainingData DataOf(int64_t rows, std::vector<int64_t> shape, int32_t classes) {
  TrainingData data;
  int64_t values = 1;
  for (const int64_t size : shape) values *= size;
  data.train.rows = MatrixBuffer(rows, values);
  for (int64_t i = 0; i < rows; ++i) data.train.labels.push_back(static_cast<int32_t>(i) % classes);
  for (int32_t k = 0; k < classes; ++k) data.class_labels.push_back(absl::StrCat(k));
  data.columns = {DataColumn()};
  data.input_shape = std::move(shape);
  return data;
}

TEST(AutoRecipeTest, TablesGetThatForTablesAndAMinute) {
  const RecipeChoice choice = *ChooseRecipe(DataOf(150, {4}, 3));
  EXPECT_EQ(choice.recipe.name, "auto: table");
  EXPECT_EQ(choice.minutes, 1);
  EXPECT_THAT(choice.reasons, Contains(HasSubstr("a table of 150 rows, 4 values")));
}

TEST(AutoRecipeTest, SmallPicturesGetAPerceptronAndLargerOnesAResidualNetwork) {
  EXPECT_EQ(ChooseRecipe(DataOf(1000, {8, 8}, 10))->recipe.name, "auto: density");
  const RecipeChoice larger = *ChooseRecipe(DataOf(1000, {28, 28}, 10));
  EXPECT_EQ(larger.recipe.name, "auto: density_resnet");
  EXPECT_EQ(larger.recipe.stem_stride, 2);
  EXPECT_EQ(larger.minutes, 0) << "as long as the recipe takes";
  EXPECT_EQ(ChooseRecipe(DataOf(100, {16, 16}, 10))->recipe.stem_stride, 1);
  EXPECT_EQ(ChooseRecipe(DataOf(100, {48, 48}, 10))->recipe.stem_stride, 4);
}

TEST(AutoRecipeTest, CovariancesThatWouldBeTooLargeAreShared) {
  EXPECT_EQ(ChooseRecipe(DataOf(100, {28, 28}, 10))->recipe.base, kClassGaussiansBase);
  const RecipeChoice color = *ChooseRecipe(DataOf(100, {3, 32, 32}, 10));
  EXPECT_EQ(color.recipe.base, kGaussianBase);
  EXPECT_THAT(color.reasons, Contains(HasSubstr("one Gaussian as base density")));
  EXPECT_EQ(ChooseRecipe(DataOf(20, {3, 72, 72}, 2))->recipe.base, "");
}

TEST(AutoRecipeTest, AClassOfOneRowHasNoGaussianOfItsOwn) {
  TrainingData data = DataOf(100, {4}, 2);
  for (int32_t& label : data.train.labels) label = 0;
  data.train.labels.front() = 1;
  EXPECT_EQ(ChooseRecipe(data)->recipe.base, kGaussianBase);
}

TEST(AutoRecipeTest, MoreRowsTakeFewerEpochs) {
  const int64_t few = ChooseRecipe(DataOf(1000, {8, 8}, 10))->recipe.max_epochs;
  const int64_t many = ChooseRecipe(DataOf(4000, {8, 8}, 10))->recipe.max_epochs;
  EXPECT_EQ(few, 300);
  EXPECT_LT(many, 100);
}

TEST(AutoRecipeTest, EveryChoiceIsValid) {
  const std::vector<std::vector<int64_t>> shapes = {{1}, {300}, {3, 3}, {12, 12}, {28, 28}, {3, 32, 32}, {3, 72, 72}};
  for (const auto& shape : shapes) {
    for (const int32_t classes : {1, 2, 10}) {
      EXPECT_TRUE(ChooseRecipe(DataOf(40, shape, classes))->recipe.Validate().ok());
    }
  }
}

}  // namespace
}  // namespace ebm
