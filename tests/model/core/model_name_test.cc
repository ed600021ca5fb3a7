#include "model/core/model_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string MessageFor(const std::string& name) { return std::string(CheckModelName({.name = name}).message()); }

TEST(ModelNameTest, AcceptsPrintableTextOfEveryLanguage) {
  for (const char* name : {"digits", "my model (2)", "chiffres-\u00e9t\u00e9", "\u6570\u5b57", "\U0001F600", "~"}) {
    EXPECT_EQ(MessageFor(name), "") << name;
  }
  EXPECT_EQ(MessageFor(std::string(128, 'x')), "");
}

TEST(ModelNameTest, RefusesWhatIsNotUtf8) {
  for (const char* name : {"a\xff", "\x80", "\xc3", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xe0\x80\x80",
                           "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_THAT(MessageFor(name), HasSubstr("is not printable text in UTF-8"));
  }
  EXPECT_THAT(MessageFor("a\xff"), HasSubstr("'a\\xff'"));
}

TEST(ModelNameTest, RefusesControlCharacters) {
  for (const char* name : {"a\nb", "\x1b[31m", "\x7f", "\xc2\x85"}) {
    EXPECT_THAT(MessageFor(name), HasSubstr("is not printable text"));
  }
}

TEST(ModelNameTest, RefusesEmptyAndLongNames) {
  EXPECT_THAT(MessageFor(""), HasSubstr("the model's name: 0 bytes, must be 1 to 128"));
  EXPECT_THAT(MessageFor(std::string(129, 'x')), HasSubstr("129 bytes"));
  EXPECT_THAT(std::string(CheckModelName({.name = "digits", .version = ""}).message()),
              HasSubstr("the model's version"));
}

}  // namespace
}  // namespace ebm
