#include "model/offline/data/reader.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "model/io/npy.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kTwo[] = {2};
constexpr int64_t kThree[] = {3};
constexpr int64_t kDigits[] = {8, 8};
constexpr int64_t kColor[] = {3, 2, 2};

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

class ReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string npy_ = SerializeNpy(MatrixBuffer({1, 2, 3, 4, 5, 6}, 2, 3).view());
};

TEST_F(ReaderTest, TellsTheFormatByContentNotByName) {
  const std::string csv = "1,2,3\n4,5,6\n";
  for (const std::string& bytes : {csv, Gzip(csv), npy_, Gzip(npy_)}) {
    const absl::StatusOr<StoredArray> array = ReadArray(folder_.Write("data.txt", bytes));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_THAT(array->shape, ElementsAre(2, 3));
    EXPECT_THAT(array->rows.values(), ElementsAre(1, 2, 3, 4, 5, 6));
  }
}

TEST_F(ReaderTest, TakesTheLastColumnAsLabel) {
  const absl::StatusOr<DataRows> rows = ReadLabelledData({.rows = folder_.Write("data.csv", "0.5,1,7\n2,3,0\n")}, 8);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.rows.values(), ElementsAre(0.5F, 1, 2, 3));
  EXPECT_EQ(rows->data.rows.cols(), 2);
  EXPECT_THAT(rows->data.labels, ElementsAre(7, 0));
  EXPECT_EQ(rows->sha256, Sha256Hex("0.5,1,7\n2,3,0\n"));
}

TEST_F(ReaderTest, RefusesLabelsThatAreNoClass) {
  for (const std::string label : {"8", "-1", "1.5", "1e20"}) {
    const absl::Status status =
        ReadLabelledData({.rows = folder_.Write("data.csv", "1,0\n1," + label + "\n")}, 8).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(MessageOf(status), HasSubstr("data.csv: row 2: label ")) << label;
    EXPECT_THAT(MessageOf(status), HasSubstr(" is not a whole number from 0 to 7")) << label;
  }
}

TEST_F(ReaderTest, RefusesRowsOfALabelAlone) {
  EXPECT_THAT(MessageOf(ReadLabelledData({.rows = folder_.Write("data.csv", "1\n2\n")}).status()),
              HasSubstr("a row has 1 values; at least one value and a label are needed"));
}

TEST_F(ReaderTest, ReadsRowsForAModelWithAndWithoutLabels) {
  const std::string path = folder_.Write("data.npy", npy_);
  const absl::StatusOr<DataRows> unlabelled = ReadRowsForModel({.rows = path}, kThree);
  ASSERT_TRUE(unlabelled.ok()) << unlabelled.status();
  EXPECT_THAT(unlabelled->data.labels, IsEmpty());
  EXPECT_EQ(unlabelled->data.rows.cols(), 3);

  const absl::StatusOr<DataRows> labelled = ReadRowsForModel({.rows = path}, kTwo);
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_THAT(labelled->data.labels, ElementsAre(3, 6));
  EXPECT_EQ(labelled->data.rows.cols(), 2);
}

TEST_F(ReaderTest, NamesBothRowLengthsThatWouldFitAModel) {
  const absl::Status status = ReadRowsForModel({.rows = folder_.Write("data.npy", npy_)}, kDigits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr("a row has 3 values; the model takes 64, or 65 with a label"));
}

TEST_F(ReaderTest, NamesTheFileInErrorsOfItsFormat) {
  const std::string path = folder_.Write("data.csv", "1,x");
  EXPECT_THAT(MessageOf(ReadArray(path).status()), HasSubstr(path + ": line 1, column 2: 'x' is not a number"));
  EXPECT_EQ(ReadArray(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

// Rows of two values and a label, 0, 1, ... in turn.
std::string CsvWithLabels(bool label_first, int rows, int classes) {
  std::string csv;
  for (int r = 0; r < rows; ++r) {
    const std::string label = std::to_string(r % classes);
    csv += label_first ? label + ",0.5,0\n" : "0.5,0," + label + "\n";
  }
  return csv;
}

TEST_F(ReaderTest, RefusesLabelsInTheFirstColumn) {
  const std::string first = folder_.Write("first.csv", CsvWithLabels(true, 15, 5));
  EXPECT_THAT(MessageOf(ReadRowsForModel({.rows = first}, kTwo, 5).status()),
              HasSubstr("first.csv: the labels seem to be in the first column, which has all 5 classes"));
  EXPECT_TRUE(ReadRowsForModel({.rows = folder_.Write("last.csv", CsvWithLabels(false, 15, 5))}, kTwo, 5).ok());
  // A column of few values first, and rows of one class: usual in tables.
  EXPECT_TRUE(ReadRowsForModel({.rows = folder_.Write("binary.csv", CsvWithLabels(true, 12, 3))}, kTwo, 3).ok());
}

TEST_F(ReaderTest, RefusesAColumnThatCountsTheRows) {
  std::string csv;
  for (int r = 0; r < 12; ++r) csv += std::to_string(r) + ",0.5," + std::to_string(r % 2) + "\n";
  EXPECT_THAT(MessageOf(ReadLabelledData({.rows = folder_.Write("index.csv", csv)}).status()),
              HasSubstr("index.csv: the first column only counts the rows; remove it"));
}

TEST_F(ReaderTest, PicturesHaveNoLabelColumn) {
  std::vector<float> values(16);
  const int64_t shape[] = {4, 2, 2};
  const std::string path = folder_.Write("pictures.npy", SerializeNpy(values, shape));
  EXPECT_THAT(MessageOf(ReadLabelledData({.rows = path}).status()),
              HasSubstr("items of 2 x 2 values without labels; give a file of labels for them"));
  EXPECT_FALSE(ReadRowsForModel({.rows = path}, kThree).ok());
  const std::string labels = folder_.Write("labels.csv", "0\n1\n1\n0\n");
  const absl::StatusOr<DataRows> rows = ReadLabelledData({.rows = path, .labels = labels}, 2);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->row_shape, ElementsAre(2, 2));
  EXPECT_THAT(rows->data.labels, ElementsAre(0, 1, 1, 0));
}

TEST_F(ReaderTest, RefusesLabelsThatAreAlsoInTheLastColumn) {
  const std::string rows = folder_.Write("rows.csv", "0.5,1\n2,0\n");
  const std::string labels = folder_.Write("labels.csv", "1\n0\n");
  EXPECT_THAT(MessageOf(ReadLabelledData({.rows = rows, .labels = labels}).status()),
              HasSubstr("rows.csv: the last column has the labels of "));
}

TEST_F(ReaderTest, PicturesOfOneClassMayEndInItsLabel) {
  const std::vector<float> zeros(16);
  const int64_t shape[] = {4, 2, 2};
  const std::string rows = folder_.Write("zeros.npy", SerializeNpy(zeros, shape));
  EXPECT_TRUE(ReadLabelledData({.rows = rows, .labels = folder_.Write("labels.csv", "0\n0\n0\n0\n")}).ok());
}

TEST_F(ReaderTest, ChannelsMustBeWhereTheModelHasThem) {
  const std::vector<float> values(24);
  const int64_t channels_last[] = {2, 2, 2, 3};
  const int64_t channels_first[] = {2, 3, 2, 2};
  EXPECT_THAT(
      MessageOf(
          ReadRowsForModel({.rows = folder_.Write("last.npy", SerializeNpy(values, channels_last))}, kColor).status()),
      HasSubstr("items of 2 x 2 x 3 values; the model takes 3 x 2 x 2"));
  EXPECT_TRUE(
      ReadRowsForModel({.rows = folder_.Write("first.npy", SerializeNpy(values, channels_first))}, kColor).ok());
}

TEST_F(ReaderTest, NamesTheFormatOfWhatItDoesNotRead) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"PK\x03\x04...", "a ZIP archive; NPZ files"},
      {"\xFD"
       "7zXZ...",
       "xz file"},
      {"BZh91AY", "bzip2"},
      {"\x28\xB5\x2F\xFD", "Zstandard"},
      {std::string(257, 'a') + "ustar", "tar archive"},
      {Gzip("1,2"), "compressed twice"},
      {std::string("\xFF\xFE\x31\0", 4), "text in UTF-16"},
      {std::string("1\0,\0"
                   "2\0",
                   6),
       "text in UTF-16"},
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"},
      {"\xFF\xD8\xFF", "JPEG"},
      {"\x78\x9C", "zlib stream"},
      {"<!DOCTYPE html>", "web page"},
      {"{\"rows\": []}", "JSON"}};
  EXPECT_THAT(MessageOf(ReadArray(folder_.Write("text", "x y label\n1 2 0\n")).status()), Not(HasSubstr("zlib")));
  for (const auto& [bytes, name] : files) {
    const absl::Status status = ReadArray(folder_.Write("data", Gzip(bytes))).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(MessageOf(status), HasSubstr("data: neither CSV, NPY nor IDX, but ")) << name;
    EXPECT_THAT(MessageOf(status), HasSubstr(name));
  }
}

}  // namespace
}  // namespace ebm
