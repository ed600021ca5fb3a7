#include "server/config/flags.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "ebm/config/v1/server_config.pb.h"
#include "gmock/gmock.h"
#include "model/process/command_line.h"
#include "server/config/settings.h"

namespace ebm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  v1::ServerConfig config;
  std::string error;
};

Parsed Parse(const std::vector<std::string>& args) {
  Parsed parsed;
  CLI::App app("test");
  AddFlags(&app, &parsed.config);
  try {
    ParseCommandLine(app, args);
  } catch (const CLI::ParseError& error) {
    parsed.error = error.what();
  }
  return parsed;
}

TEST(FlagsTest, AFlagSetsItsFieldAndNoOther) {
  const Parsed parsed = Parse({"--workers=3", "--drain_seconds=0.5", "--listen=[::1]:0", "--load_model=a,b"});
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.config.workers(), 3);
  EXPECT_EQ(parsed.config.drain_seconds(), 0.5);
  EXPECT_EQ(parsed.config.listen(), "[::1]:0");
  EXPECT_THAT(parsed.config.load_model(), ElementsAre("a", "b"));
  EXPECT_FALSE(parsed.config.has_max_rows());
}

TEST(FlagsTest, TheLastOfSeveralCounts) {
  const Parsed parsed = Parse({"--workers=3", "--workers=010", "--load_model=a", "--load_model=b"});
  EXPECT_EQ(parsed.config.workers(), 10);
  EXPECT_THAT(parsed.config.load_model(), ElementsAre("b"));
}

TEST(FlagsTest, RefusesValuesOutOfRangeWithTheLimits) {
  for (const char* bad : {"--workers=0", "--workers=1025", "--workers=99999999999", "--workers=two", "--workers=0x2",
                          "--drain_seconds=nan", "--drain_seconds=-1", "--drain_seconds=inf", "--precision=f16",
                          "--listen=here", "--listen=::1:80", "--log_level=loud"}) {
    const Parsed parsed = Parse({bad});
    const std::string flag = std::string(bad).substr(0, std::string(bad).find('='));
    EXPECT_THAT(parsed.error, HasSubstr(flag)) << bad;
  }
  EXPECT_THAT(Parse({"--workers=0"}).error, HasSubstr("0, must be 1 to 1024"));
}

TEST(FlagsTest, AnEnvironmentVariableStandsForAFlagThatIsNotGiven) {
  setenv("EBM_LISTEN", "127.0.0.1:1", /*overwrite=*/1);
  EXPECT_EQ(Parse({}).config.listen(), "127.0.0.1:1");
  EXPECT_EQ(Parse({"--listen=127.0.0.1:2"}).config.listen(), "127.0.0.1:2");
  unsetenv("EBM_LISTEN");
}

TEST(SettingsTest, EveryFieldHasAHelpTextAndAValidDefault) {
  v1::ServerConfig config;
  FillDefaults(&config);
  const google::protobuf::Descriptor& fields = *v1::ServerConfig::descriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    const FieldDescriptor& field = *fields.field(i);
    EXPECT_NE(SettingOf(field).help(), "") << field.name();
    EXPECT_EQ(IsSet(config, field), !SettingOf(field).default_value().empty()) << field.name();
    EXPECT_EQ(IsSet(config, field) ? CheckField(config, field) : absl::OkStatus(), absl::OkStatus()) << field.name();
    const bool is_number = field.cpp_type() != FieldDescriptor::CPPTYPE_STRING;
    EXPECT_EQ(is_number, SettingOf(field).max() > SettingOf(field).min()) << field.name();
  }
}

}  // namespace
}  // namespace ebm::config
