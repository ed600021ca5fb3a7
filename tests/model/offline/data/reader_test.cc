#include "model/offline/data/reader.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/npy.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

class ReaderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string npy_ = SerializeNpy(MatrixBuffer({1, 2, 3, 4, 5, 6}, 2, 3).view());
};

TEST_F(ReaderTest, TellsTheFormatByContentNotByName) {
  const std::string csv = "1,2,3\n4,5,6\n";
  for (const std::string& bytes : {csv, Gzip(csv), npy_, Gzip(npy_)}) {
    const absl::StatusOr<MatrixBuffer> matrix = ReadMatrix(folder_.Write("data.txt", bytes));
    ASSERT_TRUE(matrix.ok()) << matrix.status();
    EXPECT_EQ(matrix->rows(), 2);
    EXPECT_THAT(matrix->values(), ElementsAre(1, 2, 3, 4, 5, 6));
  }
}

TEST_F(ReaderTest, TakesTheLastColumnAsLabel) {
  const absl::StatusOr<LabelledData> data = ReadLabelledData(folder_.Write("data.csv", "0.5,1,7\n2,3,0\n"), 8);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->rows.values(), ElementsAre(0.5F, 1, 2, 3));
  EXPECT_EQ(data->rows.cols(), 2);
  EXPECT_THAT(data->labels, ElementsAre(7, 0));
}

TEST_F(ReaderTest, RefusesLabelsThatAreNoClass) {
  for (const std::string label : {"8", "-1", "1.5", "1e20"}) {
    const absl::Status status = ReadLabelledData(folder_.Write("data.csv", "1,0\n1," + label + "\n"), 8).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(MessageOf(status), HasSubstr("data.csv: row 2: label ")) << label;
    EXPECT_THAT(MessageOf(status), HasSubstr(" is not a whole number from 0 to 7")) << label;
  }
}

TEST_F(ReaderTest, RefusesRowsOfALabelAlone) {
  EXPECT_THAT(MessageOf(ReadLabelledData(folder_.Write("data.csv", "1\n2\n")).status()),
              HasSubstr("a row has 1 values; at least one value and a label are needed"));
}

TEST_F(ReaderTest, ReadsRowsForAModelWithAndWithoutLabels) {
  const std::string path = folder_.Write("data.npy", npy_);
  const absl::StatusOr<LabelledData> unlabelled = ReadRowsForModel(path, 3);
  ASSERT_TRUE(unlabelled.ok()) << unlabelled.status();
  EXPECT_THAT(unlabelled->labels, IsEmpty());
  EXPECT_EQ(unlabelled->rows.cols(), 3);

  const absl::StatusOr<LabelledData> labelled = ReadRowsForModel(path, 2);
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_THAT(labelled->labels, ElementsAre(3, 6));
  EXPECT_EQ(labelled->rows.cols(), 2);
}

TEST_F(ReaderTest, NamesBothRowLengthsThatWouldFitAModel) {
  const absl::Status status = ReadRowsForModel(folder_.Write("data.npy", npy_), 64).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(status), HasSubstr("a row has 3 values; the model takes 64, or 65 with a label"));
}

TEST_F(ReaderTest, NamesTheFileInErrorsOfItsFormat) {
  const std::string path = folder_.Write("data.csv", "1,x");
  EXPECT_THAT(MessageOf(ReadMatrix(path).status()), HasSubstr(path + ": line 1, column 2: 'x' is not a number"));
  EXPECT_EQ(ReadMatrix(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm
