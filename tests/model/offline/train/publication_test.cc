#include "model/offline/train/publication.h"

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/repository/publish.h"
#include "tests/model/checkpoint/checkpoint_samples.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

// A model with this error on so many rows that were held out of data "abc".
Checkpoint Validated(double error, int rows) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.provenance.data_sha256 = "abc";
  checkpoint.provenance.settings[kValidationRows] = absl::StrCat(rows);
  checkpoint.provenance.settings.erase(kValidationData);
  checkpoint.evaluation["validation_error"] = error;
  return checkpoint;
}

TEST(CompareWithServedTest, ADifferenceWithinChanceIsNotWorse) {
  EXPECT_EQ(CompareWithServed(Validated(0.10, 360), Validated(0.08, 360)).verdict, Verdict::kNotWorse);
  EXPECT_EQ(CompareWithServed(Validated(0.05, 360), Validated(0.10, 360)).verdict, Verdict::kNotWorse);
  EXPECT_EQ(CompareWithServed(Validated(0, 10), Validated(0, 10)).verdict, Verdict::kNotWorse);
}

TEST(CompareWithServedTest, AGreaterDifferenceIsWorseAndBothFiguresAreTold) {
  const Comparison comparison = CompareWithServed(Validated(0.20, 360), Validated(0.10, 350));
  EXPECT_EQ(comparison.verdict, Verdict::kWorse);
  EXPECT_EQ(comparison.text,
            "validation error 20.00 % on 360 rows, of the served version 10.00 % on 350 rows; chance explains a "
            "difference of 4.36 %");
}

TEST(CompareWithServedTest, OtherDataCannotBeCompared) {
  const Checkpoint served = Validated(0, 360);
  Checkpoint candidate = Validated(1, 360);
  candidate.provenance.data_sha256 = "def";
  EXPECT_EQ(CompareWithServed(candidate, served).verdict, Verdict::kUnknown);
  candidate = Validated(1, 360);
  candidate.provenance.settings[kValidationData] = "def";
  EXPECT_EQ(CompareWithServed(candidate, served).verdict, Verdict::kUnknown);
  candidate = Validated(1, 360);
  candidate.provenance.settings.erase(kValidationRows);
  EXPECT_THAT(CompareWithServed(candidate, served).text, HasSubstr("the model has no validation error"));
  EXPECT_THAT(CompareWithServed(served, candidate).text, HasSubstr("does not tell the validation error"));
}

class PublicationTest : public testing::Test {
 protected:
  std::string Write(const Checkpoint& checkpoint) const {
    const std::string path = folder_.File("trained.safetensors");
    EXPECT_EQ(WriteCheckpoint(checkpoint, path), absl::OkStatus());
    return path;
  }
  absl::Status PublishIt(double error, WhenWorse when_worse = WhenWorse::kRefuse) {
    return Publish({.folder = model_, .keep_versions = 2, .when_worse = when_worse}, Write(Validated(error, 360)),
                   log_);
  }
  size_t Versions() const { return ScanModel(model_)->versions.size(); }

  const TemporaryFolder folder_;
  const std::string model_ = folder_.File("digits");
  std::ostringstream log_;
};

TEST_F(PublicationTest, AModelThatIsWorseIsRefusedUnlessItIsForced) {
  EXPECT_EQ(PublishIt(0.1), absl::OkStatus());
  const absl::Status refused = PublishIt(0.3);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("validation error 30.00 %"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("10.00 %"));
  EXPECT_EQ(Versions(), 1U);
  EXPECT_EQ(PublishIt(0.3, WhenWorse::kPublish), absl::OkStatus());
  EXPECT_EQ(Versions(), 2U);
}

TEST_F(PublicationTest, TheStableVersionIsTheOneToCompareWith) {
  EXPECT_EQ(PublishIt(0.3), absl::OkStatus());
  EXPECT_EQ(PublishIt(0.1), absl::OkStatus());
  folder_.Write("digits/model.txtpb", "labels { key: 'stable' value: 1 }");
  EXPECT_EQ(PublishIt(0.3), absl::OkStatus());
}

TEST_F(PublicationTest, WhatCannotBeComparedIsPublishedWithANote) {
  EXPECT_EQ(PublishIt(0.1), absl::OkStatus());
  Checkpoint other = Validated(0.3, 360);
  other.provenance.data_sha256 = "def";
  EXPECT_EQ(Publish({.folder = model_}, Write(other), log_), absl::OkStatus());
  EXPECT_THAT(log_.str(), HasSubstr("not compared with the served version: it was trained on other data"));
  EXPECT_EQ(Versions(), 2U);
}

TEST_F(PublicationTest, OldVersionsAreRemovedAfterwards) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(PublishIt(0.1), absl::OkStatus());
  EXPECT_EQ(Versions(), 2U);
  EXPECT_THAT(log_.str(), HasSubstr("removed version 2\n"));
}

TEST_F(PublicationTest, ARunWithoutAnOutputHasItsFilesBesideTheVersions) {
  const Publication publication = {.folder = model_};
  const auto output = PrepareOutput(publication, "");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(*output, model_ + "/.training/model.safetensors");
  EXPECT_EQ(WriteCheckpoint(Validated(0.1, 360), *output), absl::OkStatus());
  EXPECT_EQ(Publish(publication, *output, log_), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(model_ + "/.training"));
  EXPECT_EQ(*PrepareOutput(publication, "mine.safetensors"), "mine.safetensors");
  EXPECT_EQ(*PrepareOutput({}, "mine.safetensors"), "mine.safetensors");
}

TEST_F(PublicationTest, NoFolderAndNoOutputIsRefusedAndSoIsAFolderThatNoModelCanHave) {
  EXPECT_EQ(PrepareOutput({}, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PrepareOutput({.folder = folder_.File(".digits")}, "").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ebm
