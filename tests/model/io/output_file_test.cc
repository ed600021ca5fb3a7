#include "model/io/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

class OutputFileTest : public ::testing::Test {
 protected:
  std::string Link(const std::string& name, const std::string& target) const {
    std::filesystem::create_symlink(target, folder_.File(name));
    return folder_.File(name);
  }

  // What both checks say.
  void ExpectRefused(const std::string& path, const std::string& message) const {
    for (const absl::Status& status : {CheckReplaceable(path), CheckWritable(path)}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
      EXPECT_THAT(TextOf(status), HasSubstr(message));
    }
  }

  const TemporaryFolder folder_;
};

TEST_F(OutputFileTest, AFileThatIsThereAndOneThatIsNotAreFineAndLeftAsTheyAre) {
  const std::string there = folder_.Write("there", "content");
  for (const std::string& path : {there, folder_.File("new")}) {
    EXPECT_EQ(CheckReplaceable(path), absl::OkStatus());
    EXPECT_EQ(CheckWritable(path), absl::OkStatus());
  }
  EXPECT_EQ(*ReadFileBytes(there), "content");
  EXPECT_FALSE(std::filesystem::exists(folder_.File("new")));
}

TEST_F(OutputFileTest, RefusesFoldersLongNamesAndLoopsOfLinks) {
  ExpectRefused(folder_.path(), "cannot write " + folder_.path() + ": it is a folder");
  ExpectRefused(folder_.File(std::string(300, 'a')), "File name too long");
  ExpectRefused(Link("loop", "loop"), "Too many levels of symbolic links");
  ExpectRefused(folder_.File("loop/file"), "Too many levels of symbolic links");
  ExpectRefused(folder_.Write("file", "") + "/inside", "Not a directory");
  EXPECT_EQ(CheckReplaceable(folder_.File("none/file")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(CheckWritable(folder_.File("none/file")).code(), absl::StatusCode::kNotFound);
}

// A name that fits itself, but not with the temporary file's ending.
TEST_F(OutputFileTest, FindsThatTheTemporaryFileWouldNotFit) {
  const std::string path = folder_.File(std::string(250, 'a'));
  EXPECT_EQ(CheckWritable(path), absl::OkStatus());
  EXPECT_THAT(TextOf(CheckReplaceable(path)), HasSubstr("File name too long"));
}

TEST_F(OutputFileTest, DevicesAndPipesCanBeWrittenToButNotReplaced) {
  EXPECT_EQ(CheckWritable("/dev/null"), absl::OkStatus());
  EXPECT_THAT(TextOf(CheckReplaceable("/dev/null")), HasSubstr("a device or a pipe, not a file"));
  const std::string pipe = folder_.File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(TextOf(CheckReplaceable(pipe)), HasSubstr("a device or a pipe, not a file"));
  EXPECT_THAT(TextOf(WriteFileBytes("x", pipe)), HasSubstr("cannot write " + pipe));  // no reader: no hang
}

TEST_F(OutputFileTest, LinksAreFollowedToTheFileAlsoWhereThereIsNoneYet) {
  std::filesystem::create_directory(folder_.File("runs"));
  Link("latest", "runs/newest");
  Link("runs/newest", "7");
  EXPECT_EQ(*TargetOf(folder_.File("latest")), folder_.File("runs/7"));
  EXPECT_EQ(*TargetOf(Link("absolute", folder_.File("none"))), folder_.File("none"));
  EXPECT_EQ(*TargetOf(folder_.File("plain")), folder_.File("plain"));
}

// As standard output is in `program --report=/dev/stdout | reader`.
TEST_F(OutputFileTest, APipeWithoutANameCanBeWrittenTo) {
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(pipe(ends.data()), 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[1]);
  EXPECT_EQ(CheckWritable(path), absl::OkStatus());
  EXPECT_THAT(TextOf(CheckReplaceable(path)), HasSubstr("a device or a pipe, not a file"));
  EXPECT_EQ(WriteFileBytes("x", path), absl::OkStatus());
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(OutputFileTest, NoOutputMayBeAnInputOrAnotherOutput) {
  const std::string data = folder_.Write("data", "1,2");
  const std::string link = Link("link", "data");
  const std::string fresh = folder_.File("fresh");
  EXPECT_EQ(CheckApart({data, ""}, {fresh, folder_.File("other"), "/dev/null", "/dev/null"}), absl::OkStatus());
  EXPECT_THAT(TextOf(CheckApart({data}, {link})), HasSubstr("cannot write " + link + ": it would overwrite " + data));
  EXPECT_FALSE(CheckApart({}, {fresh, folder_.path() + "/./fresh"}).ok());
  EXPECT_FALSE(CheckApart({}, {fresh, Link("dangling", "fresh")}).ok());
}

}  // namespace
}  // namespace ebm
