#include "server/config/server_config.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"

namespace ebm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::ServerConfig;

ServerConfig Parse(const std::string& text) { return ParseConfig("server.txtpb", text).value(); }

std::string Mistakes(const std::string& text) {
  return std::string(ParseConfig("server.txtpb", text).status().message());
}

std::string Refusal(const std::string& text) { return std::string(CombineConfig(Parse(text), {}).status().message()); }

TEST(ParseConfigTest, NamesEveryMistakeWithItsLine) {
  const std::string message = Mistakes("listen: 'x'\nworkers: 0\n\nprecision: 'f16'\nlog_level: ''");
  for (const char* part : {"server.txtpb:1:1: listen: 'x', must be HOST:PORT", "server.txtpb:2:1: workers: 0",
                           "server.txtpb:4:1: precision: 'f16', must be f32 or bf16", "server.txtpb:5:1: log_level"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(ParseConfigTest, NamesUnknownFieldsAndTypesWithTheirLines) {
  const std::string message = Mistakes("workers: 0\nno_such_field: 3\nmax_rows: 'many'");
  EXPECT_THAT(message, HasSubstr("server.txtpb:1:1: workers"));
  EXPECT_THAT(message, HasSubstr("server.txtpb:2:"));
  EXPECT_THAT(message, HasSubstr("no_such_field"));
  EXPECT_THAT(message, HasSubstr("server.txtpb:3:"));
}

TEST(CombineConfigTest, FlagsCountMoreThanTheFileAndThatMoreThanDefaults) {
  const ServerConfig file = Parse("checkpoint: 'a' workers: 2 max_rows: 5 drain_seconds: 1");
  ServerConfig flags;
  flags.set_workers(7);
  const ServerConfig config = CombineConfig(flags, file).value();
  EXPECT_EQ(config.workers(), 7);
  EXPECT_EQ(config.max_rows(), 5);
  EXPECT_EQ(config.listen(), "127.0.0.1:8500");
  EXPECT_FALSE(config.has_tls_key());
}

TEST(CombineConfigTest, AListOfAFlagReplacesThatOfTheFile) {
  const ServerConfig file = Parse("repository: 'r' repository_mode: 'explicit' load_model: ['a', 'b']");
  ServerConfig flags;
  flags.add_load_model("c");
  EXPECT_THAT(CombineConfig(flags, file).value().load_model(), ElementsAre("c"));
}

TEST(CombineConfigTest, NeedsOneSourceOfModels) {
  EXPECT_THAT(Refusal(""), HasSubstr("checkpoint, repository"));
  EXPECT_THAT(Refusal("checkpoint: 'a' repository: 'b'"), HasSubstr("checkpoint, repository"));
  EXPECT_THAT(Refusal("checkpoint: 'a' load_model: 'm'"), HasSubstr("load_model"));
}

TEST(CombineConfigTest, TheQueueHasRoomForTheLargestRequest) {
  EXPECT_THAT(Refusal("checkpoint: 'a' max_chains: 11 max_queued_chains: 10"),
              HasSubstr("max_chains: 11, must be at most max_queued_chains, 10"));
  EXPECT_THAT(Refusal("checkpoint: 'a' max_rows: 11 max_queued_rows: 10"), HasSubstr("max_queued_rows, 10"));
}

TEST(CombineConfigTest, NeverFallsBackToPlainText) {
  EXPECT_THAT(Refusal("checkpoint: 'a' tls_key: 'k'"), HasSubstr("both or neither"));
  EXPECT_THAT(Refusal("checkpoint: 'a' tls_certificate: 'c'"), HasSubstr("both or neither"));
  EXPECT_THAT(Refusal("checkpoint: 'a' tls_client_ca: 'c'"), HasSubstr("tls_client_ca"));
  EXPECT_THAT(Refusal("checkpoint: 'a' tokens: 't'"), HasSubstr("plain text"));
  EXPECT_EQ(Refusal("checkpoint: 'a' tokens: 't' plaintext_tokens: 'accept'"), "");
  EXPECT_EQ(Refusal("checkpoint: 'a' tokens: 't' tls_key: 'k' tls_certificate: 'c'"), "");
}

TEST(CompareConfigsTest, TellsWhatTakesEffectAtOnce) {
  const ServerConfig before = CombineConfig(Parse("checkpoint: 'a'"), {}).value();
  const ServerConfig after = CombineConfig(Parse("checkpoint: 'a' drain_seconds: 2 workers: 3"), {}).value();
  const ChangedFields changed = CompareConfigs(before, after);
  EXPECT_THAT(changed.reloaded, ElementsAre("drain_seconds"));
  EXPECT_THAT(changed.need_restart, ElementsAre("workers"));
}

TEST(PrintConfigTest, CanBeReadAgain) {
  const ServerConfig config = CombineConfig(Parse("checkpoint: 'a\"b\\n' workers: 3"), {}).value();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Parse(PrintConfig(config)), config));
}

}  // namespace
}  // namespace ebm::config
