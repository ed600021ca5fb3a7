// The columns of a table in a checkpoint.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/safetensors.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

TEST(ColumnsSectionTest, ATableComesBackAsItWas) {
  const Checkpoint checkpoint = SmallTable();
  EXPECT_EQ(*ParseCheckpoint(SerializeCheckpoint(checkpoint)), checkpoint);
}

TEST(ColumnsSectionTest, RefusesColumnsOfDifferentLengths) {
  SafetensorsFile file = *ParseSafetensors(SerializeCheckpoint(SmallTable()));
  file.metadata.erase("content_sha256");
  const std::string whole = file.metadata["columns"];
  for (const auto& [from, to, problem] : std::vector<std::array<std::string, 3>>{
           {"\"kinds\":[\"continuous\",", "\"kinds\":[", "a list has 3 entries; names has 4"},
           {"\"kinds\":[\"continuous\",", "\"kinds\":[\"curious\",", "kind is \"curious\""},
           {"[\"no\",\"yes\"]", "[\"no\"]", "values[2] has 1 entries, codes[2] has 2"},
           {"\"lambda\":[1.0,0.25,", "\"lambda\":[1.0,-1,", "column 'income': lambda is -1"}}) {
    file.metadata["columns"] = absl::StrReplaceAll(whole, {{from, to}});
    ASSERT_NE(file.metadata["columns"], whole) << from;
    EXPECT_THAT(std::string(ParseCheckpoint(SerializeSafetensors(file)).status().message()), HasSubstr(problem));
  }
}

}  // namespace
}  // namespace ebm
