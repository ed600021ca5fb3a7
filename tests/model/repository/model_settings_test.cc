#include "model/repository/model_settings.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

ModelSettings Read(const std::string& text) {
  const auto settings = ParseModelSettings("model.txtpb", text);
  EXPECT_TRUE(settings.ok()) << settings.status();
  return settings.value_or(ModelSettings());
}

std::string ErrorOf(const std::string& text) {
  const absl::Status status = ParseModelSettings("model.txtpb", text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ModelSettingsTest, AnEmptyFileServesTheNewestVersion) {
  EXPECT_EQ(Read("").policy, VersionPolicy(LatestVersions{1}));
  EXPECT_EQ(Read("latest {}").policy, VersionPolicy(LatestVersions{1}));
  EXPECT_EQ(Read(""), ModelSettings());
}

TEST(ModelSettingsTest, ReadsPoliciesLabelsPrecisionAndLimits) {
  EXPECT_EQ(Read("latest { count: 3 }").policy, VersionPolicy(LatestVersions{3}));
  EXPECT_EQ(Read("all {}").policy, VersionPolicy(AllVersions()));
  EXPECT_EQ(Read("specific { versions: [4, 2] }").policy, VersionPolicy(SpecificVersions{{2, 4}}));
  const ModelSettings settings = Read(
      "labels { key: 'stable' value: 3 }\n"
      "labels { key: 'canary' value: 4 }\n"
      "precision: 'bf16'\n"
      "limits { max_rows: 10 max_chains: 20 max_steps: 30 max_chain_steps: 40 }\n");
  EXPECT_EQ(settings.labels, (VersionLabels{{"canary", 4}, {"stable", 3}}));
  EXPECT_EQ(settings.precision, Precision::kBf16);
  EXPECT_EQ(settings.max_rows, 10);
  EXPECT_EQ(settings.max_chains, 20);
  EXPECT_EQ(settings.max_steps, 30);
  EXPECT_EQ(settings.max_chain_steps, 40);
}

TEST(ModelSettingsTest, NamesEveryMistakeWithItsPlace) {
  const std::string error = ErrorOf(
      "latest { count: 0 }\n"
      "labels { key: 'stable' value: 0 }\n"
      "labels { key: '' value: 1 }\n"
      "precision: 'f64'\n"
      "limits {\n"
      "  max_rows: -1\n"
      "  max_steps: 5000000000\n"
      "}\n");
  EXPECT_THAT(error, AllOf(HasSubstr("model.txtpb:1:10: latest.count: 0, must be at least 1"),
                           HasSubstr("model.txtpb:2:1: labels.value: 'stable' has version 0"),
                           HasSubstr("model.txtpb:3:1: labels.key: 0 bytes"),
                           HasSubstr("model.txtpb:4:1: precision: 'f64', must be f32 or bf16"),
                           HasSubstr("model.txtpb:6:3: limits.max_rows: -1, must be 1 to 2147483647"),
                           HasSubstr("model.txtpb:7:3: limits.max_steps: 5000000000")));
}

TEST(ModelSettingsTest, RefusesALabelGivenTwice) {
  EXPECT_THAT(ErrorOf("labels { key: 'a' value: 1 }\nlabels { key: 'a' value: 2 }"),
              HasSubstr("model.txtpb:2:1: labels.key: 'a' is given twice"));
}

TEST(ModelSettingsTest, RefusesVersionsBelowOne) {
  EXPECT_THAT(ErrorOf("specific { versions: 1\n versions: -2 }"),
              HasSubstr("model.txtpb:2:2: specific.versions: -2, must be at least 1"));
}

TEST(ModelSettingsTest, AMissingFileHasTheDefaults) {
  const TemporaryFolder folder;
  EXPECT_EQ(*ReadModelSettings(folder.File("model.txtpb")), ModelSettings());
  EXPECT_EQ(ReadModelSettings(folder.Write("model.txtpb", "all {}"))->policy, VersionPolicy(AllVersions()));
}

}  // namespace
}  // namespace ebm
