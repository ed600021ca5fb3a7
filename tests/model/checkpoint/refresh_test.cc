#include "model/checkpoint/refresh.h"

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

}  // namespace
}  // namespace ebm
