#include "model/offline/evaluation/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ebm::html {
namespace {

using ::testing::HasSubstr;

TEST(EscapeTest, LeavesNoMarkUp) {
  EXPECT_EQ(Escape("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(EscapeTest, KeepsUtf8AndReplacesWhatIsNone) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(Escape("p\u0303 \u00e9 \u20ac \U0001F600"), "p\u0303 \u00e9 \u20ac \U0001F600");
  EXPECT_EQ(Escape("a\xFFz"), "a" + replacement + "z");
  EXPECT_EQ(Escape("\xC3"), replacement);                                      // cut short
  EXPECT_EQ(Escape("\xC0\x80"), replacement + replacement);                    // overlong
  EXPECT_EQ(Escape("\xED\xA0\x80"), replacement + replacement + replacement);  // a surrogate
  EXPECT_EQ(Escape(std::string("a\0b\x1b", 4)), "a" + replacement + "b" + replacement);
}

TEST(TableTest, TheFirstColumnNamesItsRow) {
  const std::string table = Table({"", "error"}, {{"plain", "3 %"}});
  EXPECT_THAT(table, HasSubstr("<tr><th></th><th>error</th></tr>"));
  EXPECT_THAT(table, HasSubstr("<tr><th>plain</th><td>3 %</td></tr>"));
}

TEST(PictureTest, CarriesItsBytesAndDescribesThem) {
  EXPECT_EQ(Picture("PNG", 20, "a \"sheet\""),
            "<img src=\"data:image/png;base64,UE5H\" width=\"20\" alt=\"a &quot;sheet&quot;\">\n");
}

}  // namespace
}  // namespace ebm::html
