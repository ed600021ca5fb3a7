#include "model/offline/data/digits.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(DigitsTest, AreTheFileThatTheSourcePageNames) {
  EXPECT_EQ(DigitsCsv().size(), 264712U);
  EXPECT_EQ(Sha256Hex(DigitsCsv()), "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8");
}

TEST(DigitsTest, HaveTheShapeAndRangeThatTheConstantsSay) {
  const LabelledData digits = Digits();
  EXPECT_EQ(digits.rows.rows(), kDigitsRows);
  EXPECT_EQ(digits.rows.cols(), kDigitsHeight * kDigitsWidth);
  EXPECT_THAT(digits.rows.values(),
              Each(::testing::AllOf(::testing::Ge(kDigitsRange.minimum), ::testing::Le(kDigitsRange.maximum))));
}

TEST(DigitsTest, HoldEachClassAsOftenAsTheSourcePageSays) {
  std::array<int, kDigitsClasses> counts{};
  for (const int32_t label : Digits().labels) ++counts.at(static_cast<size_t>(label));
  EXPECT_THAT(counts, ElementsAre(178, 182, 177, 183, 181, 182, 181, 179, 174, 180));
}

TEST(DigitsTest, TheSplitCoversEveryRowOnce) {
  EXPECT_EQ(kDigitsTrain.first, 0);
  EXPECT_EQ(kDigitsValidation.first, kDigitsTrain.first + kDigitsTrain.count);
  EXPECT_EQ(kDigitsTest.first, kDigitsValidation.first + kDigitsValidation.count);
  EXPECT_EQ(kDigitsRows, kDigitsTest.first + kDigitsTest.count);
}

}  // namespace
}  // namespace ebm
