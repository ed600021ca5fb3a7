#include "model/io/idx.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/offline/data/fashion_mnist.h"
#include "model/offline/data/reader.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

// Two pictures of 2 x 3 pixels, and their labels.
const std::string kPictures = std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16) +
                              std::string("\0\x01\x02\x03\x04\xFF\x0A\x0B\x0C\x0D\x0E\x0F", 12);
const std::string kLabels = std::string("\0\0\x08\x01\0\0\0\x02\x07\x03", 10);

std::string MessageOf(absl::string_view bytes) { return std::string(ParseIdx(bytes, "x.idx").status().message()); }

TEST(IdxTest, PicturesAreRows) {
  const absl::StatusOr<StoredArray> array = ParseIdx(kPictures, "x.idx");
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_THAT(array->shape, ElementsAre(2, 2, 3));
  EXPECT_THAT(array->rows.row(0), ElementsAre(0, 1, 2, 3, 4, 255));
  EXPECT_THAT(array->rows.row(1), ElementsAre(10, 11, 12, 13, 14, 15));
}

TEST(IdxTest, LabelsAreRowsOfOne) {
  const absl::StatusOr<StoredArray> array = ParseIdx(kLabels, "x.idx");
  ASSERT_TRUE(array.ok()) << array.status();
  EXPECT_THAT(array->shape, ElementsAre(2));
  EXPECT_THAT(array->rows.values(), ElementsAre(7, 3));
}

TEST(IdxTest, TruncationAtEveryLengthIsRefused) {
  for (size_t length = 0; length < kPictures.size(); ++length) {
    EXPECT_THAT(MessageOf(kPictures.substr(0, length)), HasSubstr("x.idx")) << length;
  }
  EXPECT_THAT(MessageOf(kPictures + "x"), HasSubstr("13 bytes"));
}

TEST(IdxTest, HostileHeadersAreRefusedBeforeAnythingIsAllocated) {
  const auto with = [](size_t at, char value) {
    std::string bytes = kPictures;
    bytes[at] = value;
    return MessageOf(bytes);
  };
  EXPECT_THAT(with(0, '\x01'), HasSubstr("first four bytes"));
  EXPECT_THAT(with(2, '\x0D'), HasSubstr("type is 13"));
  EXPECT_THAT(with(3, '\x05'), HasSubstr("first four bytes"));
  EXPECT_THAT(with(3, '\0'), HasSubstr("first four bytes"));
  EXPECT_THAT(with(7, '\0'), HasSubstr("axis 0 has size 0"));
  EXPECT_THAT(with(4, '\x7F'), HasSubstr("do not fit the 12 bytes"));
  std::string largest = kPictures;
  for (size_t i = 4; i < 16; ++i) largest[i] = '\xFF';
  EXPECT_THAT(MessageOf(largest), HasSubstr("do not fit the 12 bytes"));
}

TEST(IdxTest, ReadersTellItByItsContent) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadArray(folder.Write("pictures", kPictures))->rows.cols(), 6);
  EXPECT_EQ(ReadArray(folder.Write("pictures.gz", Gzip(kPictures)))->rows.rows(), 2);
}

TEST(LabelsFileTest, JoinsPicturesAndLabels) {
  const TemporaryFolder folder;
  const auto pair =
      ReadTrainingRows({.rows = folder.Write("p", Gzip(kPictures)), .labels = folder.Write("l", kLabels)}, {});
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_THAT(pair->row_shape, ElementsAre(2, 3));
  EXPECT_THAT(pair->table.class_labels, ElementsAre("3", "7"));
  EXPECT_THAT(pair->table.data.labels, ElementsAre(1, 0));
  EXPECT_EQ(pair->table.data.rows.row(1)[0], 10);
}

TEST(LabelsFileTest, RefusesFilesThatDoNotFitTogether) {
  const TemporaryFolder folder;
  const std::string pictures = folder.Write("p", kPictures);
  const std::string labels = folder.Write("l", kLabels);
  const auto message = [](const auto& pair) { return std::string(pair.status().message()); };
  const InputFormat format = {.input_shape = {2, 3}, .columns = {DataColumn()}, .class_labels = {"0", "3"}};
  EXPECT_THAT(message(ReadRowsForModel({.rows = pictures, .labels = labels}, format)),
              HasSubstr("row 1: label '7' is none of the classes: 0, 3"));
  EXPECT_THAT(message(ReadTrainingRows({.rows = pictures, .labels = pictures}, {})),
              HasSubstr("p: labels of 6 values each"));
  const std::string three = folder.Write("three", std::string("\0\0\x08\x01\0\0\0\x03\x01\x01\x01", 11));
  EXPECT_THAT(message(ReadTrainingRows({.rows = pictures, .labels = three}, {})),
              HasSubstr("three: 3 labels for 2 rows"));
  EXPECT_EQ(ReadTrainingRows({.rows = pictures, .labels = "/none"}, {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(FashionMnistTest, IsTheWholeSet) {
  for (const auto& [part, rows] : {std::pair(FashionMnistPart::kTrain, 60000), {FashionMnistPart::kTest, 10000}}) {
    const auto pictures = ReadFashionMnist(part);
    ASSERT_TRUE(pictures.ok()) << pictures.status();
    EXPECT_EQ(pictures->data.rows.cols(), 28 * 28);
    EXPECT_EQ(pictures->data.rows.rows(), rows);
    std::vector<int> counts(10);
    for (const int32_t label : pictures->data.labels) ++counts.at(label);
    EXPECT_THAT(counts, Each(rows / 10));
    EXPECT_THAT(pictures->data.rows.row(0), Each(AllOf(Ge(0), Le(255))));
  }
}

TEST(FashionMnistTest, NamesThePackageThatIsMissing) {
  const absl::Status status = ReadFashionMnist(FashionMnistPart::kTrain, "/nowhere").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("dataset-fashion-mnist"));
}

}  // namespace
}  // namespace ebm
