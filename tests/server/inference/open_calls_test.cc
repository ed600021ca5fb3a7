#include "server/inference/open_calls.h"

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/support/fake_clock.h"

namespace ebm::inference {
namespace {

class OpenCallsTest : public testing::Test {
 protected:
  bool NoneIsOpen() { return calls_->WaitUntilNone(clock_.Now(), clock_); }

  const batching::FakeClock clock_{};
  std::optional<OpenCalls> calls_{std::in_place};
};

TEST_F(OpenCallsTest, ACallIsOpenUntilItsTokenIsDestroyed) {
  EXPECT_TRUE(NoneIsOpen());
  OpenCalls::Token first = calls_->Open().value();
  OpenCalls::Token second = calls_->Open().value();
  EXPECT_FALSE(NoneIsOpen());
  first.reset();
  EXPECT_FALSE(NoneIsOpen());
  OpenCalls::Token moved = std::move(second);
  EXPECT_FALSE(NoneIsOpen());
  moved.reset();
  EXPECT_TRUE(NoneIsOpen());
}

TEST_F(OpenCallsTest, TheLastTokenWakesTheOneThatWaits) {
  OpenCalls::Token token = calls_->Open().value();
  std::thread closing([&token] { token.reset(); });
  EXPECT_TRUE(calls_->WaitUntilNone(batching::SteadyTime::InfiniteFuture(), clock_));
  closing.join();
}

TEST_F(OpenCallsTest, RefusesMoreThanItsLimitUntilOneIsClosed) {
  OpenCalls calls(2);
  OpenCalls::Token first = calls.Open().value();
  const OpenCalls::Token second = calls.Open().value();
  const absl::Status refused = calls.Open().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("2"));
  first.reset();
  EXPECT_TRUE(calls.Open().ok());
}

TEST_F(OpenCallsTest, TokensMayOutliveIt) {
  OpenCalls::Token token = calls_->Open().value();
  calls_.reset();
  token.reset();
}

}  // namespace
}  // namespace ebm::inference
