#include "server/observe/log.h"

#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace ebm::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using Json = nlohmann::json;

std::string Written(const LogOptions& options, std::initializer_list<LogField> fields) {
  std::ostringstream out;
  Log(options, &out).Info("event_name", fields);
  return out.str();
}

std::string TextOf(std::initializer_list<LogField> fields) { return Written({}, fields); }

Json JsonOf(std::initializer_list<LogField> fields) {
  return Json::parse(Written({.format = LogFormat::kJson}, fields));
}

constexpr char kTime[] = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z";

TEST(LogTest, ATextLineHasTimeLevelEventAndFields) {
  const std::string line = TextOf({{"file", "a.safetensors"}, {"rows", 12}, {"seconds", 0.25}});
  EXPECT_THAT(line, MatchesRegex(std::string(kTime) + " info event_name file=a.safetensors rows=12 seconds=0.25\n"));
}

TEST(LogTest, AJsonLineHasTheSameKeysInThisOrder) {
  const std::string line =
      Written({.format = LogFormat::kJson}, {{"file", "a.safetensors"}, {"rows", 12}, {"seconds", 0.25}});
  EXPECT_THAT(line,
              MatchesRegex(std::string("\\{\"time\":\"") + kTime +
                           "\",\"level\":\"info\",\"event\":\"event_name\",\"file\":\"a.safetensors\",\"rows\":12,"
                           "\"seconds\":0.25\\}\n"));
  EXPECT_TRUE(Json::accept(line));
}

TEST(LogTest, EveryLevelHasItsName) {
  std::ostringstream out;
  Log log({.level = LogLevel::kDebug}, &out);
  log.Write(LogLevel::kDebug, "e", {});
  log.Info("e");
  log.Warning("e");
  log.Error("e");
  EXPECT_THAT(out.str(), MatchesRegex("[^\n]* debug e\n[^\n]* info e\n[^\n]* warning e\n[^\n]* error e\n"));
  for (const char* name : {"debug", "info", "warning", "error"}) EXPECT_TRUE(LogLevelOf(name).has_value());
  EXPECT_EQ(LogLevelOf("warning"), LogLevel::kWarning);
  EXPECT_EQ(LogLevelOf("warn"), std::nullopt);
  EXPECT_EQ(LogFormatOf("json"), LogFormat::kJson);
  EXPECT_EQ(LogFormatOf("xml"), std::nullopt);
}

TEST(LogTest, TheLevelCanChangeWhileItRuns) {
  std::ostringstream out;
  Log log({.level = LogLevel::kWarning}, &out);
  log.Info("quiet");
  EXPECT_FALSE(log.Writes(LogLevel::kInfo));
  log.set_level(LogLevel::kInfo);
  log.Info("loud");
  log.set_level(LogLevel::kError);
  log.Warning("quiet_again");
  EXPECT_THAT(out.str(), MatchesRegex("[^\n]* info loud\n"));
}

// Every byte, alone and within other text.
TEST(LogTest, NothingInAValueBreaksALineOrLooksLikeAField) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value =
        absl::StrCat("a", std::string(1, static_cast<char>(byte)), "b\n2026-01-01 error forged=\"1\" x=y");
    const Json line = JsonOf({{"error", value}, {"after", 1}});
    EXPECT_EQ(line.size(), 5U) << byte;
    if (byte < 128) {
      EXPECT_EQ(line["error"], value) << byte;
    }
    const std::string text = TextOf({{"error", value}, {"after", 1}});
    const size_t from = text.find(" error=") + 7;
    const size_t to = text.find(" after=1\n");
    ASSERT_EQ(to, text.size() - 9) << byte;
    EXPECT_EQ(Json::parse(text.substr(from, to - from)), line["error"]) << byte << ": one quoted string";
  }
}

TEST(LogTest, LinesAreAscii) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line = Written({.format = format}, {{"name", "na\xc3\xafve \xe2\x80\xa8 \xff \x1b[31m"}});
    for (const char c : line) EXPECT_TRUE((c >= ' ' && c <= '~') || c == '\n') << line;
  }
  EXPECT_EQ(JsonOf({{"name", "na\xc3\xafve"}})["name"], "na\xc3\xafve");
}

TEST(LogTest, LongValuesAreCut) {
  EXPECT_THAT(JsonOf({{"error", std::string(5000, 'x')}})["error"].get<std::string>(), SizeIs(kMostBytes));
  EXPECT_LT(TextOf({{"error", std::string(5000, '\n')}}).size(), 2 * kMostBytes + 200);
}

TEST(LogTest, EmptyTextAndNumbersThatAreNotFiniteAreValidJson) {
  const Json line = JsonOf({{"empty", ""}, {"nan", std::numeric_limits<double>::quiet_NaN()}, {"tiny", 1e-7}});
  EXPECT_EQ(line["empty"], "");
  EXPECT_TRUE(line["nan"].is_null());
  EXPECT_EQ(line["tiny"], 1e-7);
  EXPECT_THAT(TextOf({{"empty", ""}}), HasSubstr(" empty=\"\"\n"));
}

TEST(LogTest, ALogThatCannotBeWrittenIsLost) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  Log log({}, &out);
  log.Info("event");
  EXPECT_THAT(out.str(), IsEmpty());
}

}  // namespace
}  // namespace ebm::observe
