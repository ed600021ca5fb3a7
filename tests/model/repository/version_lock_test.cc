#include "model/repository/version_lock.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

class VersionLockTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  const std::string path_ = folder_.Write("model.safetensors", "model");
};

TEST_F(VersionLockTest, AVersionThatIsSharedCannotBeClaimed) {
  std::optional<VersionLock> first = *VersionLock::Share(path_);
  std::optional<VersionLock> second = *VersionLock::Share(path_);
  first.reset();
  const absl::Status refused = VersionLock::Claim(path_).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("a server has it loaded"));
  second.reset();
  EXPECT_TRUE(VersionLock::Claim(path_).ok());
}

TEST_F(VersionLockTest, AVersionThatIsClaimedCannotBeShared) {
  std::optional<VersionLock> claim = *VersionLock::Claim(path_);
  EXPECT_THAT(std::string(VersionLock::Share(path_).status().message()), HasSubstr("is being removed"));
  VersionLock moved = *std::move(claim);
  claim.reset();
  EXPECT_FALSE(VersionLock::Share(path_).ok());
  moved = VersionLock();
  EXPECT_TRUE(VersionLock::Share(path_).ok());
}

TEST_F(VersionLockTest, AMissingFileIsNotFound) {
  EXPECT_EQ(VersionLock::Share(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(VersionLock::Claim(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm
