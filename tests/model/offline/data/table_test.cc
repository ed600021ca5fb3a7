#include "model/offline/data/table.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/csv.h"
#include "model/offline/data/class_labels.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<TrainingTable> Table(const std::string& text, const TableOptions& options = {},
                                    std::vector<std::string> labels = {}) {
  const absl::StatusOr<StoredArray> array = ParseCsv(text, "x.csv");
  EXPECT_TRUE(array.ok()) << array.status();
  return MakeTrainingTable(*array, std::move(labels), "x.csv", options);
}

std::string Refusal(const std::string& text, const TableOptions& options = {}, std::vector<std::string> labels = {}) {
  return std::string(Table(text, options, std::move(labels)).status().message());
}

std::vector<ColumnKind> KindsOf(const TrainingTable& table) {
  std::vector<ColumnKind> kinds;
  kinds.reserve(table.columns.size());
  for (const DataColumn& column : table.columns) kinds.push_back(column.kind);
  return kinds;
}

std::string NotesOf(const TrainingTable& table) { return absl::StrJoin(table.notes, "\n"); }

// n lines of line(i), below a header.
template <typename Line>
std::string Lines(const std::string& header, int n, Line line) {
  std::string text = header + "\n";
  for (int i = 0; i < n; ++i) absl::StrAppend(&text, line(i), "\n");
  return text;
}

constexpr char kSmall[] = "a,Class,b\n1,x,0.5\n2,y,0.25\n3,x,0.75\n";

TEST(LabelChoiceTest, AColumnWithAUsualNameIsTheLabel) {
  const TrainingTable table = *Table(kSmall);
  EXPECT_THAT(KindsOf(table), ElementsAre(ColumnKind::kWholeNumber, ColumnKind::kLabel, ColumnKind::kContinuous));
  EXPECT_THAT(table.class_labels, ElementsAre("x", "y"));
  EXPECT_THAT(table.data.labels, ElementsAre(0, 1, 0));
  EXPECT_THAT(table.data.rows.values(), ElementsAre(1, 0.5F, 2, 0.25F, 3, 0.75F));
  EXPECT_THAT(NotesOf(table), HasSubstr("label: column 'Class', 2 classes: x, y"));
}

TEST(LabelChoiceTest, TheLastColumnIsIfItNamesClasses) {
  EXPECT_THAT(Table("1.5,x\n2.5,y\n")->class_labels, ElementsAre("x", "y"));
  EXPECT_THAT(Table("1.5,7\n2.5,3\n")->class_labels, ElementsAre("3", "7"));
  EXPECT_THAT(Refusal("1,0.5\n2,1.5\n"), HasSubstr("no label is known: column 2, the last, has 2 different values; say "
                                                   "--label=NAME or --label=none"));
  const std::string amounts = Lines("a,b", 60, [](int i) { return absl::StrCat(i % 7, ",", i); });
  EXPECT_THAT(Refusal(amounts), HasSubstr("column 'b', the last, has 60 different values"));
  EXPECT_THAT(Refusal("1.5,4\n2.5,4\n"), HasSubstr("--label=none"));
}

TEST(LabelChoiceTest, IsStatedByNameOrIndex) {
  EXPECT_THAT(Table(kSmall, {.label = "a"})->class_labels, ElementsAre("1", "2", "3"));
  EXPECT_THAT(Table(kSmall, {.label = "0"})->class_labels, ElementsAre("1", "2", "3"));
  EXPECT_THAT(Table(kSmall, {.label = "-2"})->class_labels, ElementsAre("x", "y"));
  EXPECT_THAT(Refusal(kSmall, {.label = "c"}),
              HasSubstr("label is 'c', which is neither a column's name nor an index from 0 to 2; the columns are a, "
                        "Class, b"));
  EXPECT_THAT(Refusal(kSmall, {.label = "b"}), HasSubstr("row 1: label 0.5 is neither a whole number nor a word"));
  EXPECT_THAT(Refusal(kSmall, {.label = "a", .ignored = {"a"}}), HasSubstr("column 'a' is the label and is ignored"));
}

TEST(LabelChoiceTest, NoneMakesOneClass) {
  const TrainingTable table = *Table("1.5,2\n2.5,7\n3.5,9\n", {.label = "none"});
  EXPECT_THAT(table.class_labels, ElementsAre(kOnlyClass));
  EXPECT_THAT(table.data.labels, ElementsAre(0, 0, 0));
  EXPECT_EQ(table.data.rows.cols(), 2);
}

// As MNIST is often spread; its last pixel is a whole number too.
TEST(LabelChoiceTest, AskedForIfTheFirstColumnMayBeIt) {
  const auto line = [](int i) { return absl::StrCat(i % 5, ",0.5,", i % 3); };
  EXPECT_THAT(Refusal(Lines("p,q,r", 30, line)), HasSubstr("say --label=0 or --label=-1"));
  EXPECT_EQ(Table(Lines("p,q,r", 30, line), {.label = "0"})->class_labels.size(), 5U);
}

TEST(LabelChoiceTest, AFileOfLabelsLeavesAllColumnsToTheRows) {
  EXPECT_EQ(Table("1,2\n3,4\n", {}, {"x", "y"})->data.rows.cols(), 2);
  EXPECT_THAT(Refusal("0.5,1\n2,0\n", {}, {"1", "0"}),
              HasSubstr("the last column has the labels of the file of labels"));
  EXPECT_THAT(Refusal("1,2\n3,4\n", {.label = "0"}, {"x", "y"}), HasSubstr("give one of the two"));
}

TEST(LabelChoiceTest, ClassesOfFewRowsAreNoted) {
  const auto line = [](int i) { return absl::StrCat(0.5 * i, ",", i == 7 ? "vrginica" : "virginica"); };
  EXPECT_THAT(NotesOf(*Table(Lines("a,class", 20, line))), HasSubstr("class vrginica has few rows: 1"));
}

TEST(ColumnsLeftOutTest, WhatHasNothingToLearnFrom) {
  const auto line = [](int i) {
    return absl::StrCat(i + 1, ",person ", i, ",,same,", i % 4 * 0.3, ",", i % 2 == 0 ? "x" : "y");
  };
  const TrainingTable table = *Table(Lines("id,name,empty,constant,a,class", 40, line));
  EXPECT_EQ(table.data.rows.cols(), 1);
  EXPECT_THAT(NotesOf(table), HasSubstr("column 'id' is ignored: it counts the rows"));
  EXPECT_THAT(NotesOf(table), HasSubstr("column 'name' is ignored: it has 40 different texts in 40 rows"));
  EXPECT_THAT(NotesOf(table), HasSubstr("column 'empty' is ignored: it has no values"));
  EXPECT_THAT(NotesOf(table), HasSubstr("column 'constant' is ignored: it only has the value 'same'"));
}

TEST(ColumnsLeftOutTest, AreStatedByNameOrIndex) {
  EXPECT_EQ(Table(kSmall, {.ignored = {"a"}})->data.rows.cols(), 1);
  EXPECT_EQ(Table(kSmall, {.ignored = {"2"}})->data.rows.cols(), 1);
  EXPECT_THAT(Refusal(kSmall, {.ignored = {"z"}}), HasSubstr("ignore is 'z'"));
  EXPECT_THAT(Refusal(kSmall, {.ignored = {"a", "b"}}), HasSubstr("none is left as input"));
  EXPECT_THAT(Refusal("a|b\n1|2\n3|4\n", {.label = "none", .ignored = {"0"}}), HasSubstr("commas, semicolons or tabs"));
}

TEST(ColumnKindTest, IsToldByTheValues) {
  const auto line = [](int i) {
    return absl::StrCat(i % 2 == 0 ? "no" : "yes", ",", i % 3 == 0 ? "red" : (i % 3 == 1 ? "blue" : "green"), ",",
                        1 + i % 2, ",", i % 9, ",", 100 * i, ",", 0.37 * i, ",", 0.5 * (i % 4), ",", i % 2);
  };
  const TrainingTable table = *Table(Lines("words2,words3,numbers2,whole,amount,real,levels,class", 60, line));
  EXPECT_THAT(KindsOf(table), ElementsAre(ColumnKind::kBinary, ColumnKind::kCategory, ColumnKind::kBinary,
                                          ColumnKind::kWholeNumber, ColumnKind::kWholeNumber, ColumnKind::kContinuous,
                                          ColumnKind::kCategory, ColumnKind::kLabel));
  EXPECT_EQ(table.columns[0].values, (std::vector<CategoryValue>{{"no", 0}, {"yes", 1}}));
  EXPECT_EQ(table.columns[1].values, (std::vector<CategoryValue>{{"blue", 0}, {"green", 1}, {"red", 2}}));
  EXPECT_EQ(table.columns[2].values, (std::vector<CategoryValue>{{"1", 1}, {"2", 2}}));
  EXPECT_EQ(table.columns[3].step, 1);
  EXPECT_EQ(table.columns[4].step, 0) << "the range is wide";
  EXPECT_EQ(table.columns[5].range, (DataRange{0, 0.37F * 59}));
  EXPECT_EQ(table.data.rows.row(1)[1], 0) << "a word's code";
}

TEST(ColumnKindTest, NumbersThatAreNamesAreStated) {
  const std::string text = Lines("a,class", 30, [](int i) { return absl::StrCat(i % 5, ",", i % 2); });
  EXPECT_EQ(Table(text)->columns[0].kind, ColumnKind::kWholeNumber);
  EXPECT_EQ(Table(text, {.categorical = {"a"}})->columns[0].kind, ColumnKind::kCategory);
  const std::string many = Lines("a,class", 300, [](int i) { return absl::StrCat(i % 150, ",", i % 2); });
  EXPECT_THAT(Refusal(many, {.categorical = {"a"}}),
              HasSubstr("column 1: 150 different values; a category has at most"));
}

TEST(ColumnKindTest, ATypingErrorIsNoCategory) {
  const std::string text = "a,class\n1,x\n2,y\n3.x,x\n4,y\n";
  EXPECT_THAT(Refusal(text), HasSubstr("line 4, column 1: '3.x' is not a number, but most of the column is"));
}

TEST(ColumnKindTest, ATypingErrorInDifferentNumbersIsNoReasonToLeaveThemOut) {
  const std::string text =
      Lines("a,class", 40, [](int i) { return absl::StrCat(0.37 * i, i == 7 ? "x" : "", ",", i % 2); });
  EXPECT_THAT(Refusal(text), HasSubstr("is not a number, but most of the column is"));
}

TEST(ColumnKindTest, NumbersWithAWordMayBeStatedToBeACategory) {
  const std::string text = Lines("doors,class", 40, [](int i) {
    return absl::StrCat(i % 4 == 3 ? "5more" : std::to_string(2 + i % 4), ",", i % 2);
  });
  const TrainingTable table = *Table(text, {.categorical = {"doors"}});
  EXPECT_EQ(table.columns[0].values, (std::vector<CategoryValue>{{"2", 0}, {"3", 1}, {"4", 2}, {"5more", 3}}));
  EXPECT_THAT(Refusal(text), HasSubstr("stated by --categorical"));
  EXPECT_THAT(Refusal(text, {.categorical = {"class"}}), HasSubstr("categorical is 'class', which is label"));
}

TEST(ColumnKindTest, AConstantNumberHasARange) {
  const DataRange range = Table("20230101,0.1,x\n20230101,0.2,y\n20230101,0.3,x\n")->columns[0].range;
  EXPECT_LT(range.minimum, range.maximum);
}

TEST(LabelChoiceTest, ASecondColumnCalledLikeALabelIsNamed) {
  EXPECT_THAT(NotesOf(*Table("label,class,a\nx,1,0.5\ny,2,0.25\nx,1,0.75\n")),
              HasSubstr("column 'class' is an input: if it tells the label, add it to --ignore"));
}

TEST(ColumnKindTest, AConstantNumberHasAStep) {
  const TrainingTable table = *Table("7,0.1,x\n7,0.2,y\n7,0.3,x\n");
  EXPECT_EQ(table.columns[0].range, (DataRange{6.5F, 7.5F}));
  EXPECT_EQ(table.columns[0].step, 1);
}

TEST(SharedScaleTest, PixelsShareOne) {
  const auto pixels = [](int i) {
    std::vector<int> values(16);
    for (int c = 0; c < 16; ++c) values[c] = i == c ? 255 : (i * 7 + c * 31) % 256;
    return absl::StrJoin(values, ",") + "," + std::to_string(i % 2);
  };
  std::string text;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&text, pixels(i), "\n");
  const TrainingTable table = *Table(text);
  EXPECT_TRUE(table.has_one_scale);
  ASSERT_EQ(table.columns.size(), 1U);
  EXPECT_EQ(table.columns[0].range.maximum, 255);
  EXPECT_EQ(table.columns[0].step, 1);
  EXPECT_FALSE(Table(kSmall)->has_one_scale);
}

}  // namespace
}  // namespace ebm
