#include "model/process/command_line.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    app_.add_option("--seed", seed_);
    app_.add_option("--offset", offset_);
    app_.add_option("--rate", rate_);
    app_.add_option("--server", server_);
    app_.add_option("--shape", shape_)->delimiter(',');
    app_.add_flag("--json", json_);
    app_.add_subcommand("sample")->add_option("--chains", chains_);
  }

  // Empty if the arguments are accepted.
  std::string Refusal(const std::vector<std::string>& args) {
    try {
      ParseCommandLine(app_, args);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  CLI::App app_{"", "program"};
  uint64_t seed_ = 0;
  int offset_ = 0;
  double rate_ = 0;
  std::string server_;
  std::vector<int64_t> shape_;
  bool json_ = false;
  uint32_t chains_ = 0;
};

TEST_F(CommandLineTest, NumbersAreDecimal) {
  EXPECT_EQ(Refusal({"--seed=010", "--offset=-08", "--shape=028,28", "sample", "--chains", "010"}), "");
  EXPECT_EQ(seed_, 10U);
  EXPECT_EQ(offset_, -8);
  EXPECT_THAT(shape_, ElementsAre(28, 28));
  EXPECT_EQ(chains_, 10U);
  EXPECT_EQ(Refusal({"--seed=000", "--offset=+7", "--rate=010.5"}), "");
  EXPECT_EQ(seed_, 0U);
  EXPECT_EQ(offset_, 7);
  EXPECT_EQ(rate_, 10.5);
  EXPECT_EQ(Refusal({"--seed=18446744073709551615"}), "");
  EXPECT_EQ(seed_, UINT64_MAX);
}

TEST_F(CommandLineTest, OtherNumbersAreRefused) {
  for (const char* text : {"0x10", "1e3", "1.0", "ten", "-", "+", "18446744073709551616"}) {
    EXPECT_THAT(Refusal({"--seed", text}), HasSubstr("--seed")) << text;
  }
  EXPECT_THAT(Refusal({"--seed=-1"}), HasSubstr("out of range"));
  EXPECT_THAT(Refusal({"--rate=0x10"}), HasSubstr("'0x10' is not a decimal number"));
  EXPECT_THAT(Refusal({"sample", "--chains=0b1"}), HasSubstr("'0b1' is not a whole number"));
}

TEST_F(CommandLineTest, AFlagThatIsGivenTwiceHasItsLastValue) {
  EXPECT_EQ(Refusal({"--seed=1", "--server=a:1", "--seed=2", "--server=b:2", "sample", "--chains=3", "--chains=4"}),
            "");
  EXPECT_EQ(seed_, 2U);
  EXPECT_EQ(server_, "b:2");
  EXPECT_EQ(chains_, 4U);
  EXPECT_EQ(Refusal({"--shape=28,28", "--seed=1", "--shape=3,8,8"}), "");
  EXPECT_THAT(shape_, ElementsAre(3, 8, 8));
}

TEST_F(CommandLineTest, AWholeNumberOfANamedTypeIsDecimal) {
  uint64_t row = 0;
  app_.add_option("--row", row)->type_name("ROW")->transform(WholeNumber(1, 20));
  EXPECT_EQ(Refusal({"--row=010"}), "");
  EXPECT_EQ(row, 10U);
  for (const std::string bad : {"0", "21", "0x10", "1e1", "-1", "x"}) {
    EXPECT_THAT(Refusal({"--row=" + bad}), HasSubstr("'" + bad + "' is not a whole number from 1 to 20"));
  }
}

TEST_F(CommandLineTest, AnEmptyValueIsRefusedAndTakesNoOtherFlag) {
  EXPECT_THAT(Refusal({"--server=", "--seed=5"}), HasSubstr("--server: the value is empty"));
  EXPECT_THAT(Refusal({"sample", "--chains="}), HasSubstr("--chains: the value is empty"));
  EXPECT_THAT(Refusal({"--server", "", "--seed=5"}), HasSubstr("an argument is empty"));
}

TEST(HostAndPortTest, IsAHostAndADecimalPort) {
  for (const char* good : {"localhost:1", "0.0.0.0:65535", "[::1]:80", "[::]:8500"})
    EXPECT_TRUE(IsHostAndPort(good, 1));
  EXPECT_TRUE(IsHostAndPort("localhost:0", 0));
  for (const char* bad : {"", ":1", "localhost", "localhost:", "localhost:x", "a:65536", "a:0", "a:-1", "::1:80"}) {
    EXPECT_FALSE(IsHostAndPort(bad, 1)) << bad;
  }
}

TEST_F(CommandLineTest, UnknownFlagsAreStillRefused) {
  EXPECT_THAT(Refusal({"--nonsense=1"}), HasSubstr("--nonsense"));
}

}  // namespace
}  // namespace ebm
