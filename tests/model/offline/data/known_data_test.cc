#include "model/offline/data/known_data.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/offline/data/digits.h"

namespace ebm {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

TEST(KnownDataTest, DigitsAreSplitInTheirOwnOrder) {
  const KnownData data = *ReadKnownData("digits");
  const LabelledData digits = Digits();
  int64_t row = 0;
  for (const LabelledData* part : {&data.train, &data.validation, &data.test}) {
    ASSERT_EQ(static_cast<int64_t>(part->labels.size()), part->rows.rows());
    for (int64_t i = 0; i < part->rows.rows(); ++i, ++row) {
      ASSERT_THAT(part->rows.row(i), ElementsAreArray(digits.rows.row(row)));
      ASSERT_EQ(part->labels[i], digits.labels[row]);
    }
  }
  EXPECT_EQ(row, kDigitsRows);
}

TEST(KnownDataTest, OtherNamesAreRefusedWithTheKnownOnes) {
  EXPECT_FALSE(IsKnownData("letters"));
  EXPECT_THAT(std::string(ReadKnownData("letters").status().message()),
              AllOf(HasSubstr("letters"), HasSubstr("digits"), HasSubstr("fashion-mnist")));
}

}  // namespace
}  // namespace ebm
