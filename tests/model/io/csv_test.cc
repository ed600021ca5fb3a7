#include "model/io/csv.h"

#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

StoredArray Parsed(const std::string& text, const CsvOptions& options = {}) {
  absl::StatusOr<StoredArray> table = ParseCsv(text, "x.csv", options);
  EXPECT_TRUE(table.ok()) << absl::CHexEscape(text) << table.status();
  return table.ok() ? *std::move(table) : StoredArray();
}

std::string Refusal(const std::string& text, const CsvOptions& options = {}) {
  return std::string(ParseCsv(text, "x.csv", options).status().message());
}

std::vector<std::string> NamesOf(const StoredArray& table) {
  std::vector<std::string> names;
  names.reserve(table.columns.size());
  for (const StoredColumn& column : table.columns) names.push_back(column.name);
  return names;
}

TEST(ParseCsvTest, ReadsRowsOfNumbers) {
  const StoredArray table = Parsed("1,2.5,-3\n4e2,.5,+6\n");
  EXPECT_THAT(table.shape, ElementsAre(2, 3));
  EXPECT_THAT(table.rows.values(), ElementsAre(1, 2.5F, -3, 400, 0.5F, 6));
  EXPECT_THAT(NamesOf(table), ElementsAre("", "", ""));
}

TEST(ParseCsvTest, SkipsBlankLinesBlanksAndByteOrderMark) {
  EXPECT_THAT(Parsed("\xEF\xBB\xBF\n 1 , 2\r\n\r\n  \n3,4").rows.values(), ElementsAre(1, 2, 3, 4));
}

TEST(ParseCsvTest, TakesEveryKindOfLineEnd) {
  for (const std::string text : {"1,2\n3,4", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "1,2\n\r\n3,4\n"}) {
    const StoredArray table = Parsed(text);
    EXPECT_THAT(table.rows.values(), ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(table.rows.rows(), 2);
  }
}

TEST(ParseCsvTest, RoundsToTheNearestFloat) {
  EXPECT_THAT(Parsed("0.1,16777217,1e-60").rows.values(), ElementsAre(0.1F, 16777216.0F, 0.0F));
}

TEST(ParseCsvTest, TakesCommasSemicolonsAndTabs) {
  for (const std::string text : {"1,2\n3,4", "1;2\n3;4", "1\t2\n3\t4", "1 ; 2\n3 ; 4"}) {
    EXPECT_THAT(Parsed(text).rows.values(), ElementsAre(1, 2, 3, 4)) << text;
  }
  EXPECT_EQ(Parsed("\"a;b\",1\n\"c\",2\n").rows.cols(), 2) << "separators in quotes do not count";
}

TEST(ParseCsvTest, UnderstandsQuotes) {
  const StoredArray table = Parsed("\"1\",\"a, \"\"b\"\"\nand c\"\n2,d\n3,d\n");
  EXPECT_THAT(table.columns[1].words, ElementsAre("a, \"b\"\nand c", "d"));
  EXPECT_THAT(table.rows.values(), ElementsAre(1, 0, 2, 1, 3, 1));
  EXPECT_THAT(Refusal("1,2\n3,\"4"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(Refusal("1,2\n\"3\"4,5"), HasSubstr("line 2, column 1: there is text after the closing quote"));
}

TEST(ParseCsvTest, WordsAreIndicesAndNumbersAmongThemAreCounted) {
  const StoredArray table = Parsed("1,7\n2,b\n3,a\n4,b\n");
  EXPECT_TRUE(table.columns[0].words.empty());
  EXPECT_THAT(table.columns[1].words, ElementsAre("7", "b", "a"));
  EXPECT_THAT(table.rows.values(), ElementsAre(1, 0, 2, 1, 3, 2, 4, 1));
  EXPECT_EQ(table.columns[1].numbers, 1);
  EXPECT_EQ(table.columns[1].first_word, "'b'");
  EXPECT_EQ(table.columns[1].first_word_line, 2);
}

TEST(ParseCsvTest, MissingValuesAreNotANumber) {
  const StoredArray table = Parsed("1,,?,NA,nan,N/A,NULL,\n2,3,4,5,6,7,8,9\n");
  for (size_t c = 1; c < 8; ++c) EXPECT_TRUE(std::isnan(table.rows.row(0)[c])) << c;
  EXPECT_TRUE(table.columns[1].words.empty());
}

TEST(ParseCsvTest, SeparatorsAtTheEndsOfLinesMakeNoColumn) {
  EXPECT_EQ(Parsed("1,2,\n3,4,\n").rows.cols(), 2);
  EXPECT_EQ(Parsed("a,b,\n1,2,\n3,4,\n").rows.cols(), 2);
  EXPECT_EQ(Parsed("1,2,\n3,4,5\n").rows.cols(), 3);
  EXPECT_EQ(Parsed("1,2,NA\n3,4,NA\n").rows.cols(), 3);
}

TEST(CsvHeaderTest, WordsAboveNumbersAreAHeader) {
  EXPECT_THAT(NamesOf(Parsed("width,kind\n1,a\n2,b\n")), ElementsAre("width", "kind"));
  EXPECT_THAT(NamesOf(Parsed("\"w, 1\";b\n1;2\n")), ElementsAre("w, 1", "b"));
  EXPECT_THAT(NamesOf(Parsed("width\n?\n2\n")), ElementsAre("width"));
  EXPECT_EQ(Parsed("width,kind\n1,a\n2,b\n").rows.rows(), 2);
}

TEST(CsvHeaderTest, ARowOfDataIsNone) {
  for (const std::string text : {"5.1,3.5,setosa\n4.9,3,setosa\n", "1,2\n3,4\n", "a,b\na,c\nd,b\n", "5,x\n"}) {
    EXPECT_EQ(NamesOf(Parsed(text)).front(), "") << text;
  }
}

TEST(CsvHeaderTest, WordsThatTheirColumnsDoNotRepeatAreOne) {
  EXPECT_THAT(NamesOf(Parsed("job,school\nclerk,BA\nclerk,MA\nnurse,MA\n")), ElementsAre("job", "school"));
}

TEST(CsvHeaderTest, TheNumbersThatPandasCountsColumnsWithAreOne) {
  EXPECT_THAT(NamesOf(Parsed("0,1,2,3,4\n5,5,5,5,5\n")), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_EQ(Parsed(",0,1,2,3\n0,5,5,5,5\n1,6,6,6,6\n").rows.rows(), 2);
}

TEST(CsvHeaderTest, ALineThatMayBeBothIsAskedAbout) {
  EXPECT_THAT(Refusal("1,unknown\n2,3\n4,5\n"), HasSubstr("say --header=yes or --header=no"));
  EXPECT_THAT(NamesOf(Parsed("1,unknown\n2,3\n", {.header = CsvHeader::kYes})), ElementsAre("1", "unknown"));
  EXPECT_EQ(Parsed("1,unknown\n2,3\n", {.header = CsvHeader::kNo}).rows.rows(), 2);
}

TEST(CsvHeaderTest, AKnownNameTellsIt) {
  const std::string text = "colour,size\nred,small\n";
  EXPECT_EQ(NamesOf(Parsed(text)).front(), "");
  EXPECT_THAT(NamesOf(Parsed(text, {.names = std::vector<std::string>{"size", "weight"}})),
              ElementsAre("colour", "size"));
}

TEST(CsvHeaderTest, KnownColumnsMustBeMostOfIt) {
  const CsvOptions numbered = {.names = std::vector<std::string>{"0", "1", "2", "3"}};
  EXPECT_EQ(NamesOf(Parsed("0,1.5,2.5,3.5\n", numbered)).front(), "") << "a value that is a name";
  EXPECT_THAT(NamesOf(Parsed("0,1,2,3\n0.5,1.5,2.5,3.5\n", numbered)), ElementsAre("0", "1", "2", "3"));
  const CsvOptions unnamed = {.names = std::vector<std::string>()};
  EXPECT_EQ(Parsed("red,small\nblue,large\nblue,large\n", unnamed).rows.rows(), 3) << "the model's columns have none";
  EXPECT_EQ(Parsed("red,small\n", unnamed).rows.rows(), 1);
}

TEST(CsvHeaderTest, NumbersThatCountBesideALabelInWordsAreAskedAbout) {
  EXPECT_THAT(Refusal("0,1,2,species\n5,4,3,a\n6,4,3,b\n"), HasSubstr("say --header=yes or --header=no"));
}

TEST(CsvHeaderTest, ANameMayBeginWithAHash) {
  EXPECT_THAT(NamesOf(Parsed("#,Name\n1,a\n2,b\n")), ElementsAre("#", "Name"));
}

TEST(ParseCsvTest, AColumnOfWordsMayHaveCommasAndInfinities) {
  EXPECT_THAT(Parsed("1,\"1,2\"\n2,inf\n3,a\n").columns[1].words, ElementsAre("1,2", "inf", "a"));
}

TEST(ParseCsvTest, ATabSeparatedRowMayBeEmpty) { EXPECT_EQ(Parsed("1\t2\n\t\n3\t4\n").rows.rows(), 3); }

struct BadCsv {
  std::string text;
  std::string message;
};

void PrintTo(const BadCsv& bad, std::ostream* out) { *out << absl::CHexEscape(bad.text); }

class BadCsvTest : public ::testing::TestWithParam<BadCsv> {};

TEST_P(BadCsvTest, IsRefusedWithThePlace) {
  EXPECT_EQ(ParseCsv(GetParam().text, "x.csv").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Refusal(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadCsvTest,
    ::testing::Values(BadCsv{"", "x.csv: the file holds no rows"}, BadCsv{"\n \n", "x.csv: the file holds no rows"},
                      BadCsv{"a,b\n", "x.csv: the file holds a header and no rows"},
                      BadCsv{"1,2\n\n3,4,5\n", "x.csv: line 3: the row has 3 values, the first row has 2"},
                      BadCsv{"1,2\n3\n", "x.csv: line 2: the row has 1 values, the first row has 2"},
                      BadCsv{"a,b\n3\n", "x.csv: line 2: the row has 1 values, the first line has 2"},
                      BadCsv{"1 2\n3 4\n", "'1 2': numbers must be separated by commas, semicolons or tabs, not by"},
                      BadCsv{"# x\n1,2", "'# x': comments are not read; remove them"},
                      BadCsv{"a;b\n1;2,5\n", "x.csv: line 2, column 2: '2,5' has a decimal comma"},
                      BadCsv{"a,b\n1,\"1.234,5\"\n", "'1.234,5' has a decimal comma"},
                      BadCsv{"a,b\n1,\"1,000\"\n", "nothing between thousands"},
                      BadCsv{"a,b\n1,caf\xE9\n", "x.csv: line 2: the text is not UTF-8"},
                      BadCsv{"a,\xC3\n", "the text is not UTF-8"}, BadCsv{"a,\xED\xA0\x80\n", "the text is not UTF-8"},
                      BadCsv{"a,\xE0\x80\xAF\n", "the text is not UTF-8"},
                      BadCsv{std::string(1 << 18, ','), "x.csv: line 1: 262145 values; a row has at most 262144"},
                      BadCsv{"a,b,a\n1,2,3\n", "x.csv: line 1, column 3: the header has 'a' twice"},
                      BadCsv{"-inf", "line 1, column 1: '-inf' is not a finite float32"},
                      BadCsv{"1,2\n3,1e39", "line 2, column 2: '1e39' is not a finite float32"}));

}  // namespace
}  // namespace ebm
