#include "model/io/atomic_file.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

size_t FilesIn(const std::string& folder) {
  const std::filesystem::directory_iterator files(folder);
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

TEST(WriteFileAtomicallyTest, CreatesAndReplaces) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a");
  ASSERT_TRUE(WriteFileAtomically("first and longer", path).ok());
  ASSERT_TRUE(WriteFileAtomically("second", path).ok());
  EXPECT_EQ(ReadFileBytes(path).value(), "second");
  EXPECT_EQ(FilesIn(folder.path()), 1U);
}

TEST(WriteFileAtomicallyTest, WritesBesideInTheWorkingFolder) {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_TRUE(WriteFileAtomically("x", "bare_name").ok());
  std::filesystem::current_path(before);
  EXPECT_EQ(ReadFileBytes(folder.File("bare_name")).value(), "x");
}

TEST(WriteFileAtomicallyTest, LeavesNothingBehindWhereItFails) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("a"));
  const absl::Status status = WriteFileAtomically("x", folder.File("a"));  // a folder cannot be replaced by a file
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot replace " + folder.File("a")));
  EXPECT_EQ(FilesIn(folder.path()), 1U);

  EXPECT_EQ(WriteFileAtomically("x", folder.File("none/a")).code(), absl::StatusCode::kNotFound);
}

TEST(WriteFileAtomicallyTest, WritesThroughALinkAndLeavesItALink) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("runs"));
  const std::string target = folder.Write("runs/7", "old");
  const std::string link = folder.File("latest");
  std::filesystem::create_symlink("runs/7", link);
  ASSERT_EQ(WriteFileAtomically("new", link), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(ReadFileBytes(target).value(), "new");
  EXPECT_EQ(FilesIn(folder.path()), 2U);
}

// In containers that share a folder, two writers can have one process id.
TEST(WriteFileAtomicallyTest, WritersOfOnePathDoNotWriteEachOthersTemporaryFile) {
  constexpr size_t kSize = 1 << 20;
  constexpr int kWriters = 4;
  const TemporaryFolder folder;
  const std::string path = folder.File("a");
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(WriteFileAtomically(std::string(kSize, static_cast<char>('a' + writer)), path), absl::OkStatus());
      }
    });
  }
  for (int read = 0; read < 50; ++read) {
    const absl::StatusOr<std::string> bytes = ReadFileBytes(path);
    if (!bytes.ok()) continue;  // not there yet
    EXPECT_EQ(*bytes, std::string(kSize, bytes->front()));
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(FilesIn(folder.path()), 1U);
}

// Writes versions of one file in an endless loop: all bytes of version v are the letter 'a' + v % 26.
[[noreturn]] void WriteForEver(const std::string& path, size_t size) {
  for (int version = 0;; ++version) {
    if (!WriteFileAtomically(std::string(size, static_cast<char>('a' + version % 26)), path).ok()) _exit(1);
  }
}

void ExpectOneWholeVersion(const std::string& path, size_t size) {
  const std::string bytes = ReadFileBytes(path).value();
  ASSERT_EQ(bytes.size(), size);
  EXPECT_EQ(bytes.find_first_not_of(bytes[0]), std::string::npos);
}

// The times of the kills cover the time that a few writes take.
TEST(WriteFileAtomicallyTest, AKilledWriterLeavesTheOldOrTheNewFileWhole) {
  const TemporaryFolder folder;
  const std::string path = folder.File("a");
  constexpr size_t kSize = 1 << 20;
  ASSERT_TRUE(WriteFileAtomically(std::string(kSize, 'z'), path).ok());

  constexpr int kKills = 100;
  constexpr int kMicrosecondsApart = 100;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    const pid_t writer = fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) WriteForEver(path, kSize);
    usleep(static_cast<useconds_t>(kill_number * kMicrosecondsApart));
    ExpectOneWholeVersion(path, kSize);  // while the writer runs
    ASSERT_EQ(kill(writer, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";
    ExpectOneWholeVersion(path, kSize);  // after it died
  }
}

}  // namespace
}  // namespace ebm
