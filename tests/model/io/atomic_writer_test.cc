#include "model/io/atomic_writer.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "model/io/file_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

size_t CountFiles(const std::string& folder) {
  const std::filesystem::directory_iterator files(folder);
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

TEST(AtomicWriterTest, PartsBecomeTheFileWhenTheyAreCommitted) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "old");
  absl::StatusOr<AtomicWriter> writer = AtomicWriter::Create(path);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Append("one, ").ok());
  ASSERT_TRUE(writer->Append("two").ok());
  EXPECT_EQ(ReadFileBytes(path).value(), "old");
  EXPECT_EQ(writer->bytes(), 8U);
  EXPECT_EQ(writer->Sha256Hex(), Sha256Hex("one, two"));
  ASSERT_TRUE(writer->Commit().ok());
  EXPECT_EQ(ReadFileBytes(path).value(), "one, two");
  EXPECT_EQ(CountFiles(folder.path()), 1U);
}

TEST(AtomicWriterTest, LeavesNothingBehindUnlessCommitted) {
  const TemporaryFolder folder;
  {
    absl::StatusOr<AtomicWriter> writer = AtomicWriter::Create(folder.File("a"));
    ASSERT_TRUE(writer.ok()) << writer.status();
    AtomicWriter moved = *std::move(writer);
    ASSERT_TRUE(moved.Append("lost").ok());
    EXPECT_EQ(CountFiles(folder.path()), 1U);
  }
  EXPECT_EQ(CountFiles(folder.path()), 0U);
}

TEST(AtomicWriterTest, BeginsAnew) {
  const TemporaryFolder folder;
  absl::StatusOr<AtomicWriter> writer = AtomicWriter::Create(folder.File("a"));
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Append("a first and longer version").ok());
  ASSERT_TRUE(writer->Restart().ok());
  ASSERT_TRUE(writer->Append("second").ok());
  EXPECT_EQ(writer->Sha256Hex(), Sha256Hex("second"));
  ASSERT_TRUE(writer->Commit().ok());
  EXPECT_EQ(ReadFileBytes(folder.File("a")).value(), "second");
}

TEST(AtomicWriterTest, ReplacesWhatALinkLeadsToAndKeepsItsMode) {
  const TemporaryFolder folder;
  const std::string target = folder.Write("target", "old");
  ASSERT_EQ(chmod(target.c_str(), 0640), 0);
  std::filesystem::create_symlink("target", folder.File("link"));
  absl::StatusOr<AtomicWriter> writer = AtomicWriter::Create(folder.File("link"));
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Append("new").ok());
  ASSERT_TRUE(writer->Commit().ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.File("link")));
  EXPECT_EQ(ReadFileBytes(target).value(), "new");
  struct stat info {};
  ASSERT_EQ(stat(target.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
}

TEST(AtomicWriterTest, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(AtomicWriter::Create(folder.path()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AtomicWriter::Create("/dev/null").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AtomicWriter::Create(folder.File("none/a")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm
