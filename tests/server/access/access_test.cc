#include "server/access/access.h"

#include <string>

#include "gmock/gmock.h"

namespace ebm::access {
namespace {

using ::testing::HasSubstr;

constexpr char kTokens[] = R"(
  tokens { name: "web" token: "0123456789abcdef-web" role: "infer" max_chains: 5 highest_priority: "low" }
  tokens { name: "ops" sha256: "8f3f60f94fcc08d32c9a1ad3a8a0c8a40f7a9f62b5f2bd27cdd0ef3d4d1ea6a7" role: "admin" }
)";
constexpr char kWeb[] = "Bearer 0123456789abcdef-web";
constexpr char kFar[] = "ipv4:10.1.2.3:5000";
constexpr char kNear[] = "ipv4:127.0.0.1:5000";

absl::StatusOr<std::shared_ptr<const TokenTable>> Parse(const std::string& text, const TokenTable* before = nullptr) {
  return TokenTable::Parse("tokens.txtpb", text, before);
}

absl::StatusCode CodeOf(const Access& access, const std::string& authorization, const char* peer, Role role) {
  return access.Check(authorization, peer, role).status().code();
}

class AccessTest : public testing::Test {
 protected:
  void SetUp() override { access_.Use(Parse(kTokens).value()); }

  Access access_;
};

TEST(AccessWithoutTokens, EverybodyMayInfer) {
  const Access access;
  EXPECT_EQ(access.Check("", kFar, Role::kInfer).value(), nullptr);
}

TEST(AccessWithoutTokens, OnlyCallersOnTheMachineMayChangeModels) {
  const Access access;
  EXPECT_EQ(CodeOf(access, "", kFar, Role::kAdmin), absl::StatusCode::kPermissionDenied);
  for (const char* peer : {kNear, "ipv6:[::1]:80", "ipv6:%5B::1%5D:80", "unix:", "inproc"}) {
    EXPECT_EQ(CodeOf(access, "", peer, Role::kAdmin), absl::StatusCode::kOk) << peer;
  }
}

TEST_F(AccessTest, ACallNeedsAKnownToken) {
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcdef-we", "Basic 0123456789abcdef-web", "0123456789abcdef-web"}) {
    EXPECT_EQ(CodeOf(access_, bad, kNear, Role::kInfer), absl::StatusCode::kUnauthenticated) << bad;
  }
  EXPECT_EQ(access_.Check(kWeb, kFar, Role::kInfer).value()->name(), "web");
  EXPECT_EQ(access_.Check("bearer 0123456789abcdef-web", kFar, Role::kInfer).value()->name(), "web");
}

TEST_F(AccessTest, OnlyAnAdminMayChangeModels) {
  EXPECT_EQ(CodeOf(access_, kWeb, kNear, Role::kAdmin), absl::StatusCode::kPermissionDenied);
  access_.Use(Parse(R"(tokens { name: "ops" token: "0123456789abcdef-ops" role: "admin" })").value());
  EXPECT_EQ(CodeOf(access_, "Bearer 0123456789abcdef-ops", kFar, Role::kAdmin), absl::StatusCode::kOk);
}

TEST_F(AccessTest, ATokenMayBeKnownByItsDigestOnly) {
  // printf %s 0123456789abcdef | sha256sum
  access_.Use(Parse(R"(tokens { name: "a" role: "infer"
                        sha256: "9F9F5111F7B27A781F1F1DDDE5EBC2DD2B796BFC7365C9C28B548E564176929F" })")
                  .value());
  EXPECT_EQ(CodeOf(access_, "Bearer 0123456789abcdef", kFar, Role::kInfer), absl::StatusCode::kOk);
}

TEST_F(AccessTest, AnAccountHasTheSharesOfItsToken) {
  const AccountPtr web = access_.Check(kWeb, kFar, Role::kInfer).value();
  EXPECT_EQ(web->most().chains, 5);
  EXPECT_EQ(web->most().rows, inference::kNoLimit.rows);
  EXPECT_EQ(web->highest_priority(), batching::Priority::kLow);
}

TEST_F(AccessTest, AnAccountIsKeptWhenTheFileChangesElsewhere) {
  const AccountPtr web = access_.Check(kWeb, kFar, Role::kInfer).value();
  const std::string more = std::string(kTokens) + R"(tokens { name: "x" token: "0123456789abcdef-x" role: "infer" })";
  access_.Use(Parse(more, access_.table().get()).value());
  EXPECT_EQ(access_.Check(kWeb, kFar, Role::kInfer).value(), web);
}

TEST_F(AccessTest, TwoTokensOfOneNameShareAnAccount) {
  access_.Use(Parse(R"(tokens { name: "a" token: "0123456789abcdef-1" role: "infer" max_rows: 3 }
                       tokens { name: "a" token: "0123456789abcdef-2" role: "infer" max_rows: 3 })")
                  .value());
  EXPECT_EQ(access_.Check("Bearer 0123456789abcdef-1", kFar, Role::kInfer).value(),
            access_.Check("Bearer 0123456789abcdef-2", kFar, Role::kInfer).value());
}

TEST(TokenTableTest, NamesEveryMistakeWithItsPlace) {
  const absl::Status status = Parse(R"(tokens { name: "a" token: "short" role: "infer" }
tokens { name: "b" role: "infer" }
tokens { name: "c c" token: "0123456789abcdef-1" role: "infer" }
tokens { name: "d" token: "0123456789abcdef-1" role: "root" }
tokens { name: "e" token: "0123456789abcdef-2" role: "infer" highest_priority: "top" }
tokens { name: "f" token: "0123456789abcdef-3" role: "infer" max_rows: 0 }
tokens { name: "g" token: "0123456789abcdef-4" role: "infer" }
tokens { name: "g" token: "0123456789abcdef-5" role: "infer" max_rows: 1 }
tokens { name: "h" token: "0123456789abcdef-4" role: "infer" }
tokens { name: "i" sha256: "12" role: "infer" })")
                                  .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string message(status.message());
  for (const char* part :
       {"tokens.txtpb:1:1: token: must be at least 16", "tokens.txtpb:2:1: token, sha256: exactly one",
        "tokens.txtpb:3:1: name: must be", "tokens.txtpb:4:1: role: must be",
        "tokens.txtpb:5:1: highest_priority: must be", "tokens.txtpb:6:1: max_rows: 0",
        "tokens.txtpb:8:1: name: 'g' has other limits", "tokens.txtpb:9:1: token, sha256: is that of another entry",
        "tokens.txtpb:10:1: sha256: must be 64"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(TokenTableTest, ErrorsDoNotQuoteTheFile) {
  for (const char* text : {"tokens { name: \"a\" token: 0123456789secret role: \"infer\" }", "0123456789secret",
                           "tokens { name: \"a\" token: \"0123456789abcdef\" role: \"0123456789secret\" }",
                           "tokens { name: \"a\" max_rows: \"0123456789secret\" }"}) {
    const absl::Status status = Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("secret"))) << text;
  }
}

TEST(TokenTableTest, RefusesAFileWithoutTokens) {
  EXPECT_EQ(Parse("").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ebm::access
