#include "model/io/csv_pieces.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvPiecesTest : public testing::Test {
 protected:
  CsvPieces Open(const std::string& text, const CsvOptions& options = {}) {
    EXPECT_TRUE(WriteFileBytes(text, path_).ok());
    absl::StatusOr<CsvPieces> pieces = CsvPieces::Open(path_, options);
    EXPECT_TRUE(pieces.ok()) << pieces.status();
    return *std::move(pieces);
  }

  static std::vector<std::string> All(CsvPieces& pieces, int64_t records) {
    std::vector<std::string> texts;
    while (true) {
      const auto text = pieces.Next(records);
      EXPECT_TRUE(text.ok()) << text.status();
      if (!text.ok() || text->empty()) return texts;
      texts.push_back(*text);
    }
  }

  const std::string path_ = testing::TempDir() + "/csv_pieces.csv";
};

TEST_F(CsvPiecesTest, EveryPieceHasTheHeader) {
  CsvPieces pieces = Open("a,b\n1,2\n3,4\n5,6\n");
  EXPECT_EQ(pieces.options().header, CsvHeader::kYes);
  EXPECT_THAT(All(pieces, 2), ElementsAre("a,b\n1,2\n3,4\n", "a,b\n5,6\n"));
  EXPECT_EQ(pieces.records(), 3);
  EXPECT_EQ(pieces.bytes(), pieces.file_bytes());
}

TEST_F(CsvPiecesTest, AFileWithoutAHeaderLosesNoRow) {
  CsvPieces pieces = Open("1,2\r\n3,4\r\n\r\n5,6");
  EXPECT_EQ(pieces.options().header, CsvHeader::kNo);
  EXPECT_THAT(All(pieces, 1), ElementsAre("1,2\r\n", "3,4\r\n", "\r\n5,6"));
}

TEST_F(CsvPiecesTest, SkipsTheMarkOfUtf8) {
  CsvPieces pieces = Open("\xEF\xBB\xBF\"a\nb\",c\n1,2\n");
  EXPECT_THAT(All(pieces, 9), ElementsAre("\"a\nb\",c\n1,2\n"));
}

// Records that cross the blocks in which the file is read, with line ends and quotes in quotes.
TEST_F(CsvPiecesTest, CutsOnlyBetweenRecords) {
  std::string text = "name,value\n";
  std::vector<std::string> records;
  for (int i = 0; i < 150'000; ++i) {
    records.push_back(
        absl::StrCat("\"row \"\"", i, "\"\"\n", std::string(i % 7, ','), "\",", i, i % 3 == 0 ? "\r\n" : "\n"));
    text += records.back();
  }
  ASSERT_GT(text.size(), size_t{3} << 20);
  for (const int64_t most : {1'000, 77'777, 1'000'000}) {
    CsvPieces pieces = Open(text);
    std::string joined;
    for (const std::string& piece : All(pieces, most)) {
      const auto parsed = ParseCsv(piece, "piece", pieces.options());
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      joined += piece.substr(std::string("name,value\n").size());
    }
    EXPECT_EQ("name,value\n" + joined, text);
    EXPECT_EQ(pieces.records(), std::ssize(records));
  }
}

TEST_F(CsvPiecesTest, GoesOnBehindWhatWasRead) {
  const std::string text = "a,b\n1,2\n3,4\n5,6\n7,8\n";
  CsvPieces first = Open(text);
  ASSERT_TRUE(first.Next(2).ok());
  CsvPieces second = Open(text);
  const auto same = second.Skip(first.bytes(), first.records(), first.sha256());
  ASSERT_TRUE(same.ok() && *same);
  EXPECT_THAT(All(first, 9), ElementsAre("a,b\n5,6\n7,8\n"));
  EXPECT_THAT(All(second, 9), ElementsAre("a,b\n5,6\n7,8\n"));
  EXPECT_EQ(second.records(), 4);
  EXPECT_EQ(first.sha256(), second.sha256());
}

TEST_F(CsvPiecesTest, NoticesThatWhatWasReadHasChanged) {
  CsvPieces first = Open("a,b\n1,2\n3,4\n5,6\n");
  ASSERT_TRUE(first.Next(2).ok());
  for (const std::string changed : {"a,b\n1,2\n3,5\n5,6\n", "a,c\n1,2\n3,4\n5,6\n", "a,b\n1,2\n"}) {
    CsvPieces second = Open(changed);
    const auto same = second.Skip(first.bytes(), first.records(), first.sha256());
    EXPECT_TRUE(same.ok() && !*same) << changed;
  }
}

TEST_F(CsvPiecesTest, AQuoteThatIsNotClosedIsAnError) {
  ASSERT_TRUE(WriteFileBytes("a,b\n1,2\n\"3,4\n", path_).ok());
  const auto opened = CsvPieces::Open(path_, {});
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr("a quote is not closed"));
}

TEST_F(CsvPiecesTest, AMissingFileIsNamed) {
  EXPECT_THAT(std::string(CsvPieces::Open("/no/such.csv", {}).status().message()), HasSubstr("/no/such.csv"));
}

}  // namespace
}  // namespace ebm
