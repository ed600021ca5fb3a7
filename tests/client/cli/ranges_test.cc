#include "client/cli/ranges.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

TEST(RowRangeTest, TakesOneRowOrFirstAndCount) {
  const auto one = ParseRowRange("--digit", "5", 10);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->first, 5);
  EXPECT_EQ(one->count, 1);
  const auto last_two = ParseRowRange("--digits", "8:2", 10);
  ASSERT_TRUE(last_two.ok()) << last_two.status();
  EXPECT_EQ(last_two->first, 8);
  EXPECT_EQ(last_two->count, 2);
}

TEST(RowRangeTest, RefusesWhatIsNoRangeWithinTheLimit) {
  for (const char* text : {"", ":", "a", "1:", ":1", "1:2:3", "1.5", "10", "9:2", "0:0", "-1", "0:-1", "0:11",
                           "1:9223372036854775807", "99999999999999999999"}) {
    EXPECT_FALSE(ParseRowRange("--digits", text, 10).ok()) << text;
  }
}

TEST(RowRangeTest, ErrorsNameFlagValueAndLimit) {
  EXPECT_THAT(ParseRowRange("--digits", "9:2", 10).status().ToString(), HasSubstr("--digits: '9:2'"));
  EXPECT_THAT(ParseRowRange("--digits", "9:2", 10).status().ToString(), HasSubstr("0 to 9"));
}

TEST(IntervalTest, TakesLowerAndUpper) {
  const auto interval = ParseInterval("--clamp", "-1.5:2e1");
  ASSERT_TRUE(interval.ok()) << interval.status();
  EXPECT_EQ(*interval, (DataRange{-1.5F, 20.0F}));
}

TEST(IntervalTest, RefusesWhatIsNoInterval) {
  for (const char* text : {"", "1", ":", "1:", ":1", "1:1", "2:1", "nan:1", "0:inf", "0:1:2", "a:b", "0:1e39"}) {
    EXPECT_FALSE(ParseInterval("--clamp", text).ok()) << text;
  }
}

}  // namespace
}  // namespace ebm::client
