#include "model/io/file_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

class FileLockTest : public ::testing::Test {
 protected:
  absl::StatusCode TryAgain() const { return FileLock::Acquire(path_).status().code(); }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.File("run.lock");
};

TEST_F(FileLockTest, OneAtATimeHasItAndTheFileGoesWithIt) {
  absl::StatusOr<FileLock> lock = FileLock::Acquire(path_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(TryAgain(), absl::StatusCode::kFailedPrecondition);
  std::optional<FileLock> moved = *std::move(lock);
  EXPECT_EQ(TryAgain(), absl::StatusCode::kFailedPrecondition);
  moved.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(TryAgain(), absl::StatusCode::kOk);
}

TEST_F(FileLockTest, AKilledProgramLeavesNoLock) {
  std::array<int, 2> ready;
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t program = fork();
  ASSERT_GE(program, 0);
  if (program == 0) {
    const absl::StatusOr<FileLock> lock = FileLock::Acquire(path_);
    const char told = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &told, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char told = ' ';
  ASSERT_EQ(read(ready[0], &told, 1), 1);
  EXPECT_EQ(told, 'y');
  EXPECT_EQ(TryAgain(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(kill(program, SIGKILL), 0);
  ASSERT_EQ(waitpid(program, nullptr, 0), program);
  EXPECT_EQ(TryAgain(), absl::StatusCode::kOk);
}

TEST_F(FileLockTest, TellsAFolderThatIsMissing) {
  EXPECT_EQ(FileLock::Acquire(folder_.File("none/run.lock")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm
