#include "model/offline/data/cifar10_folder.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "model/offline/data/reader.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kNames[] = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

std::string Record(char label, char red) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, '\2') + std::string(1024, '\xFF');
}

class Cifar10FolderTest : public ::testing::Test {
 protected:
  Cifar10FolderTest() {
    for (char batch = 1; batch <= 5; ++batch) {
      folder_.Write(absl::StrCat("data_batch_", int{batch}, ".bin"), Record(batch, batch));
    }
    folder_.Write("test_batch.bin", Record(9, 9) + Record(0, 8));
    folder_.Write("batches.meta.txt", kNames);
    folder_.Write("readme.html", "text");
  }
  std::string Message() const { return std::string(ReadKnownData(folder_.path()).status().message()); }

  TemporaryFolder folder_;
};

TEST_F(Cifar10FolderTest, BatchesAreForTrainingValidationAndTests) {
  ASSERT_TRUE(IsKnownData(folder_.path()));
  const absl::StatusOr<KnownData> data = ReadKnownData(folder_.path());
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.labels, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data->validation.labels, ElementsAre(5));
  EXPECT_THAT(data->test.labels, ElementsAre(9, 0));
  EXPECT_THAT(data->input_shape, ElementsAre(3, 32, 32));
  EXPECT_EQ(data->train.rows.row(3)[0], 4);
  EXPECT_EQ(data->train.rows.row(3)[3071], 255);
  EXPECT_EQ(data->class_labels.size(), 10U);
  EXPECT_EQ(data->class_labels[9], "truck");
  ASSERT_EQ(data->columns.size(), 3U);
  EXPECT_EQ(data->columns[1].name, "green");
  EXPECT_EQ(data->columns[1].range, (DataRange{0, 255}));
  EXPECT_FLOAT_EQ(data->columns[1].scaling.ToScaled(255), 1);
  EXPECT_EQ(data->test_sha256, Sha256Hex(Record(9, 9) + Record(0, 8)));
}

TEST_F(Cifar10FolderTest, MissingAndDamagedFilesAreNamed) {
  folder_.Write("batches.meta.txt", "airplane\n");
  EXPECT_THAT(Message(), HasSubstr("batches.meta.txt: 1 names of classes; CIFAR-10 has 10"));
  folder_.Write("data_batch_3.bin", Record(10, 1));
  EXPECT_THAT(Message(), HasSubstr("data_batch_3.bin: record 1 has label 10"));
  std::filesystem::remove(folder_.File("data_batch_2.bin"));
  EXPECT_THAT(Message(), HasSubstr("data_batch_2.bin"));
}

TEST_F(Cifar10FolderTest, AFileReadsItself) {
  InputFormat format = {.input_shape = {3, 32, 32}, .columns = {{.range = {0, 255}}}, .class_labels = {}};
  for (char c = 'a'; c <= 'j'; ++c) format.class_labels.emplace_back(1, c);
  const absl::StatusOr<DataRows> rows = ReadRowsForModel({.rows = folder_.File("test_batch.bin")}, format);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->data.labels, ElementsAre(9, 0));
  EXPECT_EQ(rows->data.rows.row(0)[0], 9);
}

TEST_F(Cifar10FolderTest, TheFolderIsNoSetOfRows) {
  EXPECT_THAT(std::string(ReadData(folder_.path()).status().message()), HasSubstr("give one of its files"));
}

}  // namespace
}  // namespace ebm
