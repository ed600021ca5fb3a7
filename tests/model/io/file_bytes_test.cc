#include "model/io/file_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(ReadFileBytesTest, ReadsTheWholeFile) {
  const TemporaryFolder folder;
  const std::string bytes(200000, 'x');
  EXPECT_EQ(ReadFileBytes(folder.Write("a", bytes)).value(), bytes);
}

TEST(ReadFileBytesTest, NamesAMissingFileAndAFolder) {
  const TemporaryFolder folder;
  const absl::Status missing = ReadFileBytes(folder.File("none")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(MessageOf(missing), HasSubstr(folder.File("none")));
  EXPECT_THAT(MessageOf(ReadFileBytes(folder.path()).status()), HasSubstr(folder.path()));
}

TEST(ReadFileBytesTest, HoldsTheLimitForFilesThatTellTheirSizeAndThatDoNot) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "12345");
  EXPECT_TRUE(ReadFileBytes(path, 5).ok());
  EXPECT_EQ(ReadFileBytes(path, 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFileBytes("/dev/zero", 1000).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(GunzipTest, DecompressesAllMembers) {
  const std::string text(100000, 'y');
  EXPECT_EQ(Gunzip(Gzip(text), 1 << 20, "x.gz").value(), text);
  EXPECT_EQ(Gunzip(Gzip("ab") + Gzip("cd"), 1 << 20, "x.gz").value(), "abcd");
  EXPECT_EQ(Gunzip(Gzip(""), 1 << 20, "x.gz").value(), "");
}

TEST(GunzipTest, RefusesTruncationAtEveryLength) {
  const std::string compressed = Gzip("some text that is compressed");
  for (size_t length = 0; length < compressed.size(); ++length) {
    const absl::Status status = Gunzip(compressed.substr(0, length), 1000, "x.gz").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
    EXPECT_THAT(MessageOf(status), HasSubstr("x.gz: the gzip stream is cut short")) << length;
  }
}

TEST(GunzipTest, NoticesDamageByTheChecksum) {
  std::string compressed = Gzip("some text that is compressed");
  compressed[compressed.size() - 6] ^= 1;  // in the CRC-32
  EXPECT_THAT(MessageOf(Gunzip(compressed, 1000, "x.gz").status()), HasSubstr("damaged gzip stream"));
}

TEST(GunzipTest, StopsAtTheLimit) {
  const std::string bomb = Gzip(std::string(10 << 20, '\0'));
  ASSERT_LT(bomb.size(), 20000U);
  EXPECT_THAT(MessageOf(Gunzip(bomb, 1 << 20, "x.gz").status()),
              HasSubstr("x.gz: the decompressed data exceeds the limit of 1048576 bytes"));
}

TEST(GunzipTest, IgnoresZerosBehindTheStreamAndRefusesOtherBytes) {
  EXPECT_EQ(Gunzip(Gzip("ab") + std::string(10240, '\0'), 1000, "x.gz").value(), "ab");
  EXPECT_EQ(Gunzip(Gzip("ab") + Gzip("cd") + std::string(1, '\0'), 1000, "x.gz").value(), "abcd");
  EXPECT_THAT(MessageOf(Gunzip(Gzip("ab") + "garbage", 1000, "x.gz").status()),
              HasSubstr("x.gz: the last 7 bytes, behind the gzip stream, are not gzip"));
}

TEST(ReadDataFileTest, TellsGzipByContentAndHashesWhatIsStored) {
  const TemporaryFolder folder;
  const DataFile plain = ReadDataFile(folder.Write("plain", "1,2")).value();
  EXPECT_EQ(plain.bytes, "1,2");
  EXPECT_EQ(plain.sha256, Sha256Hex("1,2"));
  const DataFile packed = ReadDataFile(folder.Write("packed", Gzip("1,2"))).value();
  EXPECT_EQ(packed.bytes, "1,2");
  EXPECT_EQ(packed.sha256, Sha256Hex(Gzip("1,2")));
}

class NamedPipeTest : public ::testing::Test {
 protected:
  NamedPipeTest() : pipe_(folder_.File("pipe")) { EXPECT_EQ(mkfifo(pipe_.c_str(), 0600), 0); }

  const TemporaryFolder folder_;
  const std::string pipe_;
};

TEST_F(NamedPipeTest, IsReadToItsEndAndOnce) {
  const std::string bytes(300000, 'x');  // more than a pipe holds
  std::thread writer([&] { std::ofstream(pipe_, std::ios::binary) << bytes; });
  const absl::StatusOr<DataFile> file = ReadDataFile(pipe_);
  writer.join();
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes, bytes);
  EXPECT_EQ(file->sha256, Sha256Hex(bytes));
}

TEST_F(NamedPipeTest, IsRefusedWithoutAWriter) {
  const absl::Status status = ReadFileBytes(pipe_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr(pipe_ + ": no program writes to this pipe"));
}

TEST(WriteFileBytesTest, KeepsTheModeAndReplacesTheFileAsAWhole) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "before");
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  const std::string link = folder.File("link");
  ASSERT_EQ(::link(path.c_str(), link.c_str()), 0);
  ASSERT_TRUE(WriteFileBytes("after", path).ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(ReadFileBytes(link).value(), "before");
}

TEST(WriteFileBytesTest, ReplacesTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("a", "longer than what follows");
  ASSERT_TRUE(WriteFileBytes("short", path).ok());
  EXPECT_EQ(ReadFileBytes(path).value(), "short");
}

TEST(WriteFileBytesTest, SaysWhyItCannot) {
  EXPECT_EQ(WriteFileBytes("x", "/nonexistent/file").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(MessageOf(WriteFileBytes("x", "/dev/full")), HasSubstr("cannot write /dev/full"));
}

}  // namespace
}  // namespace ebm
