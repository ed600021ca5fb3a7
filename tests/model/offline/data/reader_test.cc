#include "model/offline/data/reader.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "model/io/npy.h"
#include "model/offline/data/class_labels.h"
#include "tests/support/gzip.h"
#include "tests/support/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_file.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A model of this shape with classes "0" to "9".
InputFormat Format(std::vector<int64_t> shape) {
  InputFormat format = {.input_shape = std::move(shape), .columns = {DataColumn()}};
  for (int k = 0; k < 10; ++k) format.class_labels.push_back(std::to_string(k));
  return format;
}

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
  const absl::StatusOr<TrainingRows> rows =
      ReadTrainingRows({.rows = folder_.Write("data.csv", "0.5,1,7\n2,3,0\n")}, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->table.data.rows.values(), ElementsAre(0.5F, 1, 2, 3));
  EXPECT_THAT(rows->row_shape, ElementsAre(2));
  EXPECT_THAT(rows->table.class_labels, ElementsAre("0", "7"));
  EXPECT_THAT(rows->table.data.labels, ElementsAre(1, 0));
  EXPECT_EQ(rows->sha256, Sha256Hex("0.5,1,7\n2,3,0\n"));
}

TEST_F(ReaderTest, RefusesLabelsThatAreNoClassOfTheModel) {
  for (const std::string label : {"10", "-1", "cat"}) {
    const std::string path = folder_.Write("data.csv", "1,2,0\n1,2," + label + "\n");
    EXPECT_THAT(MessageOf(ReadRowsForModel({.rows = path}, Format({2})).status()),
                HasSubstr("data.csv: row 2: label '" + label + "' is none of the classes: 0, 1, 2"));
  }
}

TEST_F(ReaderTest, RefusesRowsOfALabelAlone) {
  EXPECT_THAT(MessageOf(ReadTrainingRows({.rows = folder_.Write("data.csv", "1\n2\n")}, {}).status()),
              HasSubstr("a row has 1 values, and none is left as input"));
}

TEST_F(ReaderTest, ReadsRowsForAModelWithAndWithoutLabels) {
  const std::string path = folder_.Write("data.npy", npy_);
  const absl::StatusOr<DataRows> unlabelled = ReadRowsForModel({.rows = path}, Format({3}));
  ASSERT_TRUE(unlabelled.ok()) << unlabelled.status();
  EXPECT_THAT(unlabelled->data.labels, IsEmpty());
  EXPECT_EQ(unlabelled->data.rows.cols(), 3);

  const absl::StatusOr<DataRows> labelled = ReadRowsForModel({.rows = path}, Format({2}));
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_THAT(labelled->data.labels, ElementsAre(3, 6));
  EXPECT_EQ(labelled->data.rows.cols(), 2);
}

TEST_F(ReaderTest, NamesBothRowLengthsThatWouldFitAModel) {
  const absl::Status status = ReadRowsForModel({.rows = folder_.Write("data.npy", npy_)}, Format({8, 8})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr("a row has 3 values; the model takes 64, or 65 with a label"));
}

TEST_F(ReaderTest, NamesTheFileInErrorsOfItsFormat) {
  const std::string path = folder_.Write("data.csv", "1,2\n3,1e40");
  EXPECT_THAT(MessageOf(ReadArray(path).status()), HasSubstr(path + ": line 2, column 2: '1e40' is not a finite"));
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
  const std::string first = folder_.Write("first.csv", CsvWithLabels(true, 30, 10));
  EXPECT_THAT(MessageOf(ReadRowsForModel({.rows = first}, Format({2})).status()),
              HasSubstr("first.csv: the labels seem to be in the first column, which has all 10 classes"));
  EXPECT_TRUE(ReadRowsForModel({.rows = folder_.Write("last.csv", CsvWithLabels(false, 30, 10))}, Format({2})).ok());
  // A column of few values first, and rows of one class: usual in tables.
  EXPECT_TRUE(ReadRowsForModel({.rows = folder_.Write("binary.csv", CsvWithLabels(true, 12, 3))}, Format({2})).ok());
}

TEST_F(ReaderTest, PicturesHaveNoLabelColumn) {
  std::vector<float> values(16);
  const int64_t shape[] = {4, 2, 2};
  const std::string path = folder_.Write("pictures.npy", SerializeNpy(values, shape));
  EXPECT_THAT(MessageOf(ReadTrainingRows({.rows = path}, {}).status()),
              HasSubstr("items of 2 x 2 values without labels; give a file of labels for them"));
  EXPECT_FALSE(ReadRowsForModel({.rows = path}, Format({3})).ok());
  const std::string labels = folder_.Write("labels.csv", "0\n1\n1\n0\n");
  const absl::StatusOr<TrainingRows> rows = ReadTrainingRows({.rows = path, .labels = labels}, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->row_shape, ElementsAre(2, 2));
  EXPECT_THAT(rows->table.data.labels, ElementsAre(0, 1, 1, 0));
}

TEST_F(ReaderTest, RefusesLabelsThatAreAlsoInTheLastColumn) {
  const std::string rows = folder_.Write("rows.csv", "0.5,1\n2,0\n");
  const std::string labels = folder_.Write("labels.csv", "1\n0\n");
  EXPECT_THAT(MessageOf(ReadTrainingRows({.rows = rows, .labels = labels}, {}).status()),
              HasSubstr("rows.csv: the last column has the labels of "));
}

TEST_F(ReaderTest, PicturesOfOneClassMayEndInItsLabel) {
  const std::vector<float> zeros(16);
  const int64_t shape[] = {4, 2, 2};
  const std::string rows = folder_.Write("zeros.npy", SerializeNpy(zeros, shape));
  EXPECT_TRUE(ReadTrainingRows({.rows = rows, .labels = folder_.Write("labels.csv", "0\n0\n0\n0\n")}, {}).ok());
}

TEST_F(ReaderTest, ChannelsMoveToWhereTheModelHasThem) {
  std::vector<float> values(24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 3);
  const int64_t channels_last[] = {2, 2, 2, 3};
  const std::string last = folder_.Write("last.npy", SerializeNpy(values, channels_last));
  const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = last}, Format({3, 2, 2}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.rows.row(1), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
  const int64_t channels_first[] = {2, 3, 2, 2};
  const std::string first = folder_.Write("first.npy", SerializeNpy(values, channels_first));
  EXPECT_TRUE(ReadRowsForModel({.rows = first}, Format({3, 2, 2})).ok());
  EXPECT_THAT(MessageOf(ReadRowsForModel({.rows = last}, Format({3, 2, 3})).status()),
              HasSubstr("items of 2 x 2 x 3 values; the model takes 3 x 2 x 3"));
}

TEST_F(ReaderTest, ColourArraysHaveAColumnForEachChannel) {
  std::vector<float> values(24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 12) * (i < 12 ? 1 : 2);
  const int64_t shape[] = {2, 2, 2, 3};
  const std::string path = folder_.Write("last.npy", SerializeNpy(values, shape));
  const absl::StatusOr<TrainingRows> rows = ReadTrainingRows({.rows = path}, {.label = kNoLabel});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->row_shape, ElementsAre(3, 2, 2));
  EXPECT_TRUE(rows->table.has_one_scale);
  ASSERT_EQ(rows->table.columns.size(), 3U);
  EXPECT_EQ(rows->table.columns[1].name, "green");
  EXPECT_EQ(rows->table.columns[1].range, (DataRange{1, 20}));
}

TEST_F(ReaderTest, ColumnsOfChannelsAreNotMatchedByName) {
  InputFormat format = Format({3, 1, 2});
  format.columns = {{.name = "red"}, {.name = "green"}, {.name = "blue", .range = {0, 255}}};
  for (const std::string csv : {"a,b,c,d,e,f,label\n1,2,3,4,5,6,7\n", "1,2,3,4,5,6,7\n"}) {
    const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = folder_.Write("rows.csv", csv)}, format);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(rows->data.rows.values(), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(rows->data.labels, ElementsAre(7));
  }
}

TEST_F(ReaderTest, AnArchiveHasRowsAndLabels) {
  const int64_t four[] = {4};
  const int64_t pictures[] = {4, 2, 2};
  const std::string labels = SerializeNpy(std::vector<float>{0, 1, 1, 9}, four);
  const std::string path =
      folder_.Write("data.npz", Zip({{"x.npy", SerializeNpy(std::vector<float>(16), pictures)}, {"y.npy", labels}}));
  const absl::StatusOr<TrainingRows> training = ReadTrainingRows({.rows = path}, {});
  ASSERT_TRUE(training.ok()) << training.status();
  EXPECT_THAT(training->table.class_labels, ElementsAre("0", "1", "9"));
  EXPECT_THAT(training->row_shape, ElementsAre(2, 2));
  const absl::StatusOr<TrainingRows> unlabelled = ReadTrainingRows({.rows = path}, {.label = kNoLabel});
  ASSERT_TRUE(unlabelled.ok()) << unlabelled.status();
  EXPECT_THAT(unlabelled->table.class_labels, ElementsAre(kOnlyClass));
  const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = path}, Format({2, 2}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.labels, ElementsAre(0, 1, 1, 9));
  const DataSource with_labels = {.rows = path, .labels = folder_.Write("y.csv", "1\n2\n3\n4\n")};
  EXPECT_THAT(MessageOf(ReadTrainingRows(with_labels, {}).status()),
              HasSubstr("data.npz: it has labels beside its rows; omit the file of labels"));
  EXPECT_THAT(MessageOf(ReadRowsForModel(with_labels, Format({2, 2})).status()), HasSubstr("omit the file of labels"));
}

TEST_F(ReaderTest, AnArchiveOfATableHasItsLabelsBeside) {
  const int64_t four[] = {4};
  const std::string rows = SerializeNpy(MatrixBuffer({1, 2, 3, 4, 5, 6, 7, 8.5F}, 4, 2).view());
  const std::string path =
      folder_.Write("data.npz", Zip({{"x.npy", rows}, {"y.npy", SerializeNpy(std::vector<float>{0, 1, 1, 9}, four)}}));
  for (const std::string label : {"", kNoLabel}) {
    const absl::StatusOr<TrainingRows> table = ReadTrainingRows({.rows = path}, {.label = label});
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_EQ(table->table.class_labels.size(), label.empty() ? 3U : 1U);
    EXPECT_EQ(table->table.data.rows.cols(), 2);
  }
}

class PictureDataTest : public ReaderTest {
 protected:
  PictureDataTest() {
    for (const std::string name : {"cat", "dog"}) {
      std::filesystem::create_directory(folder_.File(name));
      folder_.Write(name + "/a.png", ColorPng(OneColor(2, 1, 10, 20, name == "cat" ? 30 : 40)));
    }
    format_.class_labels = {"bird", "cat", "dog"};
    format_.columns = {
        {.name = "red", .range = {0, 255}}, {.name = "green", .range = {0, 255}}, {.name = "blue", .range = {0, 255}}};
  }

  InputFormat format_ = Format({3, 1, 2});
};

TEST_F(PictureDataTest, AFolderTrainsItsClassesInColour) {
  const absl::StatusOr<TrainingRows> rows = ReadTrainingRows({.rows = folder_.path()}, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->row_shape, ElementsAre(3, 1, 2));
  EXPECT_THAT(rows->table.class_labels, ElementsAre("cat", "dog"));
  EXPECT_THAT(rows->table.data.labels, ElementsAre(0, 1));
  EXPECT_THAT(rows->table.data.rows.row(1), ElementsAre(10, 10, 20, 20, 40, 40));
  ASSERT_EQ(rows->table.columns.size(), 3U);
  EXPECT_EQ(rows->table.columns[2].range, (DataRange{0, 255}));
  EXPECT_EQ(rows->table.columns[2].step, 1);
  EXPECT_THAT(rows->table.notes, ElementsAre("2 pictures of 2 x 1 pixels, in colour", "2 classes: cat, dog"));
  EXPECT_FALSE(rows->sha256.empty());
}

TEST_F(PictureDataTest, AFolderWithoutSubfoldersHasNoLabels) {
  EXPECT_THAT(MessageOf(ReadTrainingRows({.rows = folder_.File("cat")}, {}).status()), HasSubstr("without labels"));
  const absl::StatusOr<TrainingRows> rows = ReadTrainingRows({.rows = folder_.File("cat")}, {.label = kNoLabel});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->table.class_labels, ElementsAre(kOnlyClass));
  const std::string labels = folder_.Write("labels", "7\n");
  EXPECT_THAT(ReadTrainingRows({.rows = folder_.File("cat"), .labels = labels}, {})->table.class_labels,
              ElementsAre("7"));
}

TEST_F(PictureDataTest, AFolderHasRowsForAModel) {
  const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = folder_.path()}, format_);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.labels, ElementsAre(1, 2));
  EXPECT_THAT(rows->data.rows.row(0), ElementsAre(10, 10, 20, 20, 30, 30));
  format_.class_labels = {"bird", "cat"};
  EXPECT_THAT(MessageOf(ReadRowsForModel({.rows = folder_.path()}, format_).status()),
              HasSubstr("label 'dog' is none of the classes: bird, cat"));
  EXPECT_TRUE(ReadRowsForModel({.rows = folder_.path()}, format_, LabelUse::kIgnored).ok());
  format_.class_labels = {kOnlyClass};
  EXPECT_THAT(ReadRowsForModel({.rows = folder_.path()}, format_)->data.labels, IsEmpty());
}

TEST_F(PictureDataTest, OnePictureIsOneRow) {
  const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = folder_.File("dog/a.png")}, format_);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.rows.values(), ElementsAre(10, 10, 20, 20, 40, 40));
}

TEST_F(ReaderTest, DataAreNamedAsTheirLastFolder) {
  EXPECT_EQ(NameOfData("a/b.csv"), "b.csv");
  EXPECT_EQ(NameOfData("a/pets/"), "pets");
  EXPECT_EQ(NameOfData("-"), "standard input");
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
