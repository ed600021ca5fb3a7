#include "server/inference/caller_account.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"

namespace ebm::inference {
namespace {

using ::testing::HasSubstr;

constexpr CallerShare kShare = {.chains = 10, .rows = 100, .bytes = 1000};

class CallerAccountTest : public testing::Test {
 protected:
  std::optional<CallerAccount> account_{std::in_place, "web", kShare, batching::Priority::kHigh};
};

TEST_F(CallerAccountTest, HoldsAtMostItsShare) {
  const auto first = account_->TryUse({.chains = 6, .rows = 60, .bytes = 600});
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(account_->TryUse({.chains = 4, .rows = 40, .bytes = 400}).ok());
  for (const CallerShare& more : {CallerShare{.chains = 5}, CallerShare{.rows = 41}, CallerShare{.bytes = 401}}) {
    EXPECT_EQ(account_->TryUse(more).status().code(), absl::StatusCode::kResourceExhausted);
  }
}

TEST_F(CallerAccountTest, ARefusalNamesTheCallerTheAmountsAndTheShare) {
  const auto held = account_->TryUse({.chains = 6});
  const std::string message(account_->TryUse({.chains = 5}).status().message());
  for (const char* part : {"web", "5 chains", "6", "10"}) EXPECT_THAT(message, HasSubstr(part));
}

TEST_F(CallerAccountTest, ARefusedUseHoldsNothing) {
  EXPECT_FALSE(account_->TryUse({.chains = 10, .rows = 100, .bytes = 1001}).ok());
  EXPECT_TRUE(account_->TryUse(kShare).ok());
}

TEST_F(CallerAccountTest, AUseIsGivenBackWhenItIsDestroyed) {
  { const auto held = account_->TryUse(kShare); }
  EXPECT_TRUE(account_->TryUse(kShare).ok());
}

TEST_F(CallerAccountTest, AnAmountThatNeverFitsIsRefusedWithoutOverflow) {
  const auto held = account_->TryUse({.chains = 1});
  EXPECT_FALSE(account_->TryUse(kNoLimit).ok());
}

TEST_F(CallerAccountTest, UsesMayOutliveIt) {
  const auto held = account_->TryUse(kShare);
  account_.reset();
}

TEST(NoCallerAccount, HoldsWhatItLikes) { EXPECT_TRUE(TryUse(nullptr, kNoLimit).ok()); }

}  // namespace
}  // namespace ebm::inference
