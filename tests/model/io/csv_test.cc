#include "model/io/csv.h"

#include <ostream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseCsvTest, ReadsRowsOfNumbers) {
  const absl::StatusOr<MatrixBuffer> matrix = ParseCsv("1,2.5,-3\n4e2,.5,+6\n", "x.csv");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_EQ(matrix->rows(), 2);
  EXPECT_EQ(matrix->cols(), 3);
  EXPECT_THAT(matrix->values(), ElementsAre(1, 2.5F, -3, 400, 0.5F, 6));
}

TEST(ParseCsvTest, SkipsBlankLinesBlanksAndByteOrderMark) {
  const absl::StatusOr<MatrixBuffer> matrix = ParseCsv("\xEF\xBB\xBF\n 1 ,\t2\r\n\r\n  \n3,4", "x.csv");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_THAT(matrix->values(), ElementsAre(1, 2, 3, 4));
}

TEST(ParseCsvTest, TakesEveryKindOfLineEnd) {
  for (const std::string text : {"1,2\n3,4", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "1,2\n\r\n3,4\n"}) {
    const absl::StatusOr<MatrixBuffer> matrix = ParseCsv(text, "x.csv");
    ASSERT_TRUE(matrix.ok()) << absl::CHexEscape(text) << matrix.status();
    EXPECT_THAT(matrix->values(), ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(matrix->rows(), 2);
  }
}

TEST(ParseCsvTest, RoundsToTheNearestFloat) {
  const absl::StatusOr<MatrixBuffer> matrix = ParseCsv("0.1,16777217,1e-60", "x.csv");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_THAT(matrix->values(), ElementsAre(0.1F, 16777216.0F, 0.0F));
}

struct BadCsv {
  std::string text;
  std::string message;
};

void PrintTo(const BadCsv& bad, std::ostream* out) { *out << absl::CHexEscape(bad.text); }

class BadCsvTest : public ::testing::TestWithParam<BadCsv> {};

TEST_P(BadCsvTest, IsRefusedWithThePlace) {
  const absl::StatusOr<MatrixBuffer> matrix = ParseCsv(GetParam().text, "x.csv");
  EXPECT_EQ(matrix.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(matrix.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadCsvTest,
    ::testing::Values(BadCsv{"", "x.csv: the file holds no rows"}, BadCsv{"\n \n", "x.csv: the file holds no rows"},
                      BadCsv{"1,2\n\n3,4,5\n", "x.csv: line 3: the row has 3 values, the first row has 2"},
                      BadCsv{"1,2\n3\n", "x.csv: line 2: the row has 1 values, the first row has 2"},
                      BadCsv{"1,,3", "x.csv: line 1, column 2: the cell is empty"},
                      BadCsv{"1,2,\n", "x.csv: line 1, column 3: the cell is empty"},
                      BadCsv{"1,2\n3,four", "x.csv: line 2, column 2: 'four' is not a number"},
                      BadCsv{"1;2", "line 1, column 1: '1;2' is not a number"}, BadCsv{"1;2", "not by semicolons"},
                      BadCsv{"1 2\n", "'1 2' is not a number; numbers must be separated by commas, not by blanks"},
                      BadCsv{"1\t2\n", "not by blanks or tabs"}, BadCsv{"\"1\",\"2\"", "must not be in quotes"},
                      BadCsv{"# x\n1,2", "'# x' is not a number; comments are not read"},
                      BadCsv{"width,kind\n1,2", "'width' is not a number; the line looks like a header"},
                      BadCsv{"1.0e+00,nan", "column 2: 'nan' is not a finite float32"},
                      BadCsv{"0,1,2,3,4\n5,5,5,5,5", "x.csv: the first row counts the columns; remove this header"},
                      BadCsv{"1,2,setosa", "column 3: 'setosa' is not a number; labels must be whole numbers"},
                      BadCsv{"1,nan", "line 1, column 2: 'nan' is not a finite float32"},
                      BadCsv{"-inf", "line 1, column 1: '-inf' is not a finite float32"},
                      BadCsv{"1e39", "line 1, column 1: '1e39' is not a finite float32"},
                      BadCsv{std::string(1, '\0'), "line 1, column 1: '\\x00' is not a number"},
                      BadCsv{std::string(1000, 'a'), absl::StrCat("'", std::string(40, 'a'), "...' is not a number")}));

}  // namespace
}  // namespace ebm
