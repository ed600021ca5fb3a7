#include "client/connection_options.h"

#include <fstream>
#include <string>

#include "client/bearer_token.h"
#include "client/channel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const ConnectionOptions& options) {
  const absl::Status status = options.Validate();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ConnectionOptionsTest, DefaultsAreValid) { EXPECT_TRUE(ConnectionOptions{.target = "h:1"}.Validate().ok()); }

TEST(ConnectionOptionsTest, ErrorsNameFieldValueAndLimit) {
  EXPECT_THAT(ErrorOf({}), HasSubstr("target: empty"));
  EXPECT_EQ(ErrorOf({.target = "h:1", .retry = {.attempts = 6}}), "attempts: 6, must be 1 to 5");
  EXPECT_EQ(ErrorOf({.target = "h:1", .retry = {.attempts = 0}}), "attempts: 0, must be 1 to 5");
  EXPECT_EQ(ErrorOf({.target = "h:1", .retry = {.budget = 2}}), "budget: 2, must be 0.001 to 1");
  EXPECT_EQ(ErrorOf({.target = "h:1", .retry = {.burst = 501}}), "burst: 501, must be 1 to 500");
  EXPECT_EQ(ErrorOf({.target = "h:1", .retry = {.first_wait = absl::ZeroDuration()}}),
            "first_wait: 0, must be above 0");
  EXPECT_THAT(ErrorOf({.target = "h:1", .retry = {.longest_overload_wait = absl::Milliseconds(1)}}),
              HasSubstr("longest_overload_wait: 1ms, must be finite and at least first_overload_wait, 500ms"));
  EXPECT_THAT(ErrorOf({.target = "h:1", .deadline = -absl::Seconds(1)}), HasSubstr("deadline: -1s"));
  EXPECT_THAT(ErrorOf({.target = "h:1", .tls = TlsOptions{.key_file = "k"}}), HasSubstr("needs its key"));
}

TEST(ConnectionOptionsTest, ATokenNeedsTlsOrAnExplicitChoice) {
  ConnectionOptions options = {.target = "h:1", .token = {.token = "secret"}};
  EXPECT_THAT(ErrorOf(options), HasSubstr("plain text"));
  EXPECT_THAT(ErrorOf(options), Not(HasSubstr("secret")));
  options.token.without_tls = PlainTextToken::kAllowed;
  EXPECT_TRUE(options.Validate().ok());
  options.token.without_tls = PlainTextToken::kRefused;
  options.tls.emplace();
  EXPECT_TRUE(options.Validate().ok());
  options.token.file = "also";
  EXPECT_THAT(ErrorOf(options), HasSubstr("must be one of them"));
}

TEST(MakeChannelTest, FilesThatCannotBeReadAreNamed) {
  const auto channel = MakeChannel({.target = "h:1", .tls = TlsOptions{.ca_file = "/no/such/ca.pem"}});
  EXPECT_EQ(channel.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(channel.status().message()), HasSubstr("tls.ca_file: /no/such/ca.pem"));
}

TEST(ServiceConfigTest, NamesEveryCallThatCanBeRepeatedAsAWhole) {
  EXPECT_EQ(ServiceConfig({.attempts = 3, .budget = 0.25, .burst = 10}),
            R"({"loadBalancingConfig":[{"round_robin":{}}],)"
            R"("retryThrottling":{"maxTokens":20,"tokenRatio":0.250},"methodConfig":[{"name":[)"
            R"({"service":"ebm.v1.InferenceService","method":"Classify"},)"
            R"({"service":"ebm.v1.InferenceService","method":"Score"},)"
            R"({"service":"ebm.v1.ModelService","method":"ListModels"},)"
            R"({"service":"ebm.v1.ModelService","method":"GetModel"}],)"
            R"("retryPolicy":{"maxAttempts":3,"initialBackoff":"0.100000000s","maxBackoff":"2.000000000s",)"
            R"("backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE","CANCELLED"]}}]})");
  EXPECT_EQ(ServiceConfig({.attempts = 1}), R"({"loadBalancingConfig":[{"round_robin":{}}]})");
}

class BearerTokenTest : public testing::Test {
 protected:
  void Write(const std::string& text) const {
    const std::string fresh = path_ + ".new";
    std::ofstream(fresh) << text;
    ASSERT_EQ(std::rename(fresh.c_str(), path_.c_str()), 0);
  }

  const std::string path_ = testing::TempDir() + "/bearer_token";
};

TEST_F(BearerTokenTest, IsReadAgainWhenTheFileChanges) {
  Write("first\n");
  const auto token = BearerToken::Create({.file = path_});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ((*token)->Header(), "Bearer first");
  Write("the second\n");
  EXPECT_EQ((*token)->Header(), "Bearer first") << "a blank within a token";
  Write("second-one");
  EXPECT_EQ((*token)->Header(), "Bearer second-one");
  ASSERT_EQ(std::remove(path_.c_str()), 0);
  EXPECT_EQ((*token)->Header(), "Bearer second-one");
  Write("third");
  EXPECT_EQ((*token)->Header(), "Bearer third");
}

TEST_F(BearerTokenTest, RefusesWhatAHeaderCannotHold) {
  EXPECT_EQ(*BearerToken::Create({}), nullptr);
  for (const std::string bad : {"", " \n", "a b", "a\nb", "caf\xC3\xA9"}) {
    Write(bad);
    EXPECT_EQ(BearerToken::Create({.file = path_}).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(BearerToken::Create({.file = "/no/such/token"}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(BearerToken::Create({.token = "a b"}).ok());
}

}  // namespace
}  // namespace ebm::client
