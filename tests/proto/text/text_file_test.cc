#include "proto/text/text_file.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ebm/config/v1/model_settings.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  config::v1::ModelSettings settings;
  const absl::Status status = ParseText("model.txtpb", text, &settings);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(TextFileTest, ReadsAMessage) {
  config::v1::ModelSettings settings;
  ASSERT_TRUE(ParseText("model.txtpb", "# two versions\nlatest { count: 2 }\n", &settings).ok());
  EXPECT_EQ(settings.latest().count(), 2);
}

TEST(TextFileTest, NamesTheLineAndColumnOfAMistake) {
  EXPECT_THAT(ErrorOf("precision: \"f32\"\nlatst { count: 2 }"), HasSubstr("model.txtpb:2:7: "));
  EXPECT_THAT(ErrorOf("latest {\n  count: \"two\"\n}"), HasSubstr("model.txtpb:2:10: "));
}

TEST(TextFileTest, RefusesAFieldGivenTwice) {
  EXPECT_THAT(ErrorOf("precision: \"f32\"\nprecision: \"bf16\""), HasSubstr("model.txtpb:2:"));
  EXPECT_THAT(ErrorOf("all {}\nlatest {}"), HasSubstr("model.txtpb:2:"));
}

TEST(TextFileTest, RefusesTextThatEndsEarly) { EXPECT_THAT(ErrorOf("limits {\n max_rows: 1"), HasSubstr(":2:")); }

TEST(TextFileTest, KnowsThePlacesOfFields) {
  config::v1::ModelSettings settings;
  TextPlaces places;
  const std::string text = "precision: \"f64\"\nspecific {\n  versions: [1,\n -2]\n}\n";
  ASSERT_TRUE(ParseText("model.txtpb", text, &settings, &places).ok());
  EXPECT_EQ(places.Of("precision"), "model.txtpb:1:1");
  EXPECT_EQ(places.Of("specific"), "model.txtpb:2:1");
  EXPECT_EQ(places.OfInner("specific", "versions", 1), "model.txtpb:3:3");
  EXPECT_EQ(places.Of("latest"), "model.txtpb");
  EXPECT_EQ(places.OfInner("limits", "max_rows"), "model.txtpb");
  EXPECT_EQ(places.Of("no_such_field"), "model.txtpb");
}

TEST(TextFileTest, NamesAtMostTwentyMistakes) {
  std::string text;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&text, "\x01\n");
  EXPECT_LT(ErrorOf(text).size(), 4000U);
}

}  // namespace
}  // namespace ebm
