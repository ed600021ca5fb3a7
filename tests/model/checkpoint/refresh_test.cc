#include "model/checkpoint/refresh.h"

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/checkpoint/checkpoint_samples.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

TEST(RefreshTest, KeepsWhatOtherProgramsWroteMeanwhile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  Checkpoint worked_on = SmallCheckpoint();
  Checkpoint now = SmallCheckpoint();
  now.evaluation["report_error"] = 0.25;
  ASSERT_TRUE(WriteCheckpoint(now, path).ok());
  ASSERT_TRUE(RefreshUnlessRetrained(path, worked_on).ok());
  EXPECT_EQ(worked_on, now);
}

TEST(RefreshTest, RefusesWhereTheModelIsAnotherByNow) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  Checkpoint worked_on = SmallCheckpoint();
  Checkpoint now = SmallCheckpoint();
  now.tensors[0].values[0] += 1;
  ASSERT_TRUE(WriteCheckpoint(now, path).ok());
  const absl::Status status = RefreshUnlessRetrained(path, worked_on);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("holds another model"));
  EXPECT_EQ(worked_on, SmallCheckpoint());
}

// What a trainer has in its hands: the model without the results of other programs.
Checkpoint AsTrained() {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.partition.reset();
  return checkpoint;
}

TEST(KeepResultsOfOthersTest, TheSameModelKeepsItsPartitionAndItsReport) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  Checkpoint before = SmallCheckpoint();
  ASSERT_TRUE(before.partition.has_value());
  before.evaluation["report_error"] = 0.25;
  before.evaluation["unknown_error"] = 0.5;
  before.provenance.settings["report_data"] = "digits";
  before.provenance.settings["unknown_setting"] = "1";
  ASSERT_TRUE(WriteCheckpoint(before, path).ok());
  Checkpoint checkpoint = AsTrained();
  checkpoint.provenance.created = "2024-01-01T00:00:00Z";
  Checkpoint expected = checkpoint;
  expected.partition = before.partition;
  expected.evaluation["report_error"] = 0.25;
  expected.provenance.settings["report_data"] = "digits";
  KeepResultsOfOthers(path, checkpoint);
  EXPECT_EQ(checkpoint, expected);
}

TEST(KeepResultsOfOthersTest, AnotherModelKeepsNothing) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  Checkpoint before = SmallCheckpoint();
  before.evaluation["report_error"] = 0.25;
  before.tensors[0].values[0] += 1;
  ASSERT_TRUE(WriteCheckpoint(before, path).ok());
  Checkpoint checkpoint = AsTrained();
  KeepResultsOfOthers(path, checkpoint);
  EXPECT_EQ(checkpoint, AsTrained());
}

TEST(KeepResultsOfOthersTest, AFileThatIsMissingOrDamagedHasNothingToKeep) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = AsTrained();
  KeepResultsOfOthers(folder.File("missing.safetensors"), checkpoint);
  const std::string path = folder.File("damaged.safetensors");
  std::ofstream(path) << "damaged";
  KeepResultsOfOthers(path, checkpoint);
  EXPECT_EQ(checkpoint, AsTrained());
}

}  // namespace
}  // namespace ebm
