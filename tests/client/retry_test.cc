#include "client/retry.h"

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

const absl::Status kUnavailable = absl::UnavailableError("the server is shutting down");
const absl::Status kFull = absl::ResourceExhaustedError("the queue is full");

TEST(RetryBudgetTest, AllowsABurstAndThenAShareOfTheAnswers) {
  RetryBudget budget({.budget = 0.25, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.NoteFailure()) << i;
  EXPECT_FALSE(budget.NoteFailure());
  for (int i = 0; i < 7; ++i) budget.NoteAnswer();
  EXPECT_FALSE(budget.NoteFailure());
  for (int i = 0; i < 5; ++i) budget.NoteAnswer();
  EXPECT_TRUE(budget.NoteFailure());
  EXPECT_FALSE(budget.NoteFailure());
}

TEST(RetryBudgetTest, AnswersDoNotAddUpBeyondTheBurst) {
  RetryBudget budget({.budget = 1, .burst = 2});
  for (int i = 0; i < 100; ++i) budget.NoteAnswer();
  EXPECT_TRUE(budget.NoteFailure());
  EXPECT_TRUE(budget.NoteFailure());
  EXPECT_FALSE(budget.NoteFailure());
}

TEST(RetryBudgetTest, ALongOutageIsRepaidByAtMostTwoBursts) {
  RetryBudget budget({.budget = 1, .burst = 2});
  for (int i = 0; i < 1000; ++i) budget.NoteFailure();
  for (int i = 0; i < 3; ++i) budget.NoteAnswer();
  EXPECT_TRUE(budget.NoteFailure());
}

TEST(WaitBeforeTest, DoublesUpToTheLongest) {
  const RetryOptions options;
  EXPECT_EQ(WaitBefore(0, kUnavailable, options, 0), absl::Milliseconds(50));
  EXPECT_EQ(WaitBefore(1, kUnavailable, options, 0), absl::Milliseconds(100));
  EXPECT_EQ(WaitBefore(4, kUnavailable, options, 0), absl::Milliseconds(800));
  EXPECT_EQ(WaitBefore(5, kUnavailable, options, 0), absl::Seconds(1));
  EXPECT_EQ(WaitBefore(1000, kUnavailable, options, 0), absl::Seconds(1));
}

TEST(WaitBeforeTest, IsJittered) {
  EXPECT_EQ(WaitBefore(0, kUnavailable, {}, 0.5), absl::Milliseconds(75));
  EXPECT_LT(WaitBefore(0, kUnavailable, {}, 0.999), absl::Milliseconds(100));
}

TEST(WaitBeforeTest, IsLongerForServersThatAreFull) {
  EXPECT_EQ(WaitBefore(0, kFull, {}, 0), absl::Milliseconds(250));
  EXPECT_EQ(WaitBefore(9, kFull, {}, 0), absl::Milliseconds(2500));
}

TEST(IsRetryableTest, OnlyWhatAnotherServerOrALaterTimeCanChange) {
  EXPECT_TRUE(IsRetryable(kUnavailable));
  EXPECT_TRUE(IsRetryable(kFull));
  EXPECT_FALSE(IsRetryable(absl::ResourceExhaustedError("Received message larger than max (10 vs. 5)")));
  EXPECT_FALSE(IsRetryable(absl::InternalError("")));
  EXPECT_FALSE(IsRetryable(absl::DeadlineExceededError("")));
  EXPECT_FALSE(IsRetryable(absl::NotFoundError("")));
  EXPECT_FALSE(IsRetryable(absl::OkStatus()));
}

TEST(SystemRetryClockTest, AStopEndsAWait) {
  std::stop_source stop;
  stop.request_stop();
  SystemRetryClock()->Wait(absl::Hours(1), stop.get_token());
}

TEST(SystemRetryClockTest, ItsTimePasses) {
  const auto clock = SystemRetryClock();
  const absl::Duration begin = clock->Now();
  clock->Wait(absl::Milliseconds(2), {});
  EXPECT_GE(clock->Now() - begin, absl::Milliseconds(2));
  const double chance = clock->Chance();
  EXPECT_TRUE(chance >= 0 && chance < 1);
}

}  // namespace
}  // namespace ebm::client
