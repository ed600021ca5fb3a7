#include "model/offline/data/match_columns.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/offline/data/class_labels.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNan;

// The columns id, width, colour and kind, of which the first is ignored and the last is the label.
InputFormat Format() {
  return {.input_shape = {2},
          .columns = {{.name = "id", .kind = ColumnKind::kIgnored},
                      {.name = "width"},
                      {.name = "colour",
                       .kind = ColumnKind::kCategory,
                       .step = 1,
                       .values = {{"blue", 0}, {"green", 1}, {"red", 2}}},
                      {.name = "kind", .kind = ColumnKind::kLabel}},
          .class_labels = {"cat", "dog"}};
}

InputFormat Unnamed() {
  InputFormat format = Format();
  for (DataColumn& column : format.columns) column.name = "";
  return format;
}

absl::StatusOr<LabelledData> Matched(const std::string& text, const InputFormat& format = Format(),
                                     LabelUse use = LabelUse::kRead) {
  const absl::StatusOr<StoredArray> array = ParseCsv(text, "x.csv", CsvOptionsFor(format, CsvHeader::kAuto));
  EXPECT_TRUE(array.ok()) << array.status();
  return MatchColumns(*array, {}, "x.csv", format, use);
}

std::string Refusal(const std::string& text, const InputFormat& format = Format()) {
  return std::string(Matched(text, format).status().message());
}

TEST(MatchColumnsTest, NamesDecideInAnyOrder) {
  for (const std::string text : {"id,width,colour,kind\n7,0.5,red,dog\n", "kind;colour;width\ndog;red;0.5\n"}) {
    const LabelledData data = *Matched(text);
    EXPECT_THAT(data.rows.values(), ElementsAre(0.5F, 2)) << text;
    EXPECT_THAT(data.labels, ElementsAre(1)) << text;
  }
  EXPECT_THAT(Matched("colour,width\nred,0.5\n")->labels, IsEmpty());
}

TEST(MatchColumnsTest, NamesWhatIsMissingOrUnknown) {
  EXPECT_THAT(Refusal("id,width,kind\n1,2,cat\n"), HasSubstr("there is no column colour, which the model takes"));
  EXPECT_THAT(Refusal("width,color\n2,red\n"),
              HasSubstr("there is no column colour, which the model takes; unknown are 'color'"));
  EXPECT_THAT(Refusal("width,colour,weight\n2,red,5\n"), HasSubstr("the model does not know the column 'weight'"));
}

TEST(MatchColumnsTest, WithoutNamesTheWidthDecides) {
  for (const InputFormat& format : {Format(), Unnamed()}) {
    EXPECT_THAT(Matched("7,0.5,red,dog\n", format)->rows.values(), ElementsAre(0.5F, 2));
    EXPECT_THAT(Matched("7,0.5,red,dog\n", format)->labels, ElementsAre(1));
    EXPECT_THAT(Refusal("7,0.5,red\n", format), HasSubstr("may be with the label or with the ignored columns"));
    EXPECT_THAT(Matched("0.5,red\n", format)->rows.values(), ElementsAre(0.5F, 2)) << "the inputs alone";
  }
  EXPECT_THAT(Refusal("1,2,red,cat,5\n"), HasSubstr("a row has 5 values; the model takes 2"));
}

TEST(MatchColumnsTest, WordsMustBeValuesOfTheirColumn) {
  EXPECT_THAT(Refusal("width,colour\n1,mauve\n"),
              HasSubstr("row 1: column 'colour': 'mauve' is none of its values: blue, green, red"));
  EXPECT_THAT(Refusal("width,colour\nwide,red\n"), HasSubstr("row 1: column 'width': 'wide' is not a number"));
}

TEST(MatchColumnsTest, OnlyOneOfLabelAndIgnoredColumnsMayBeMissingIfTheWidthTellsWhich) {
  InputFormat format = Unnamed();
  format.columns.insert(format.columns.begin(), {.kind = ColumnKind::kIgnored});
  EXPECT_THAT(Matched("8,7,0.5,red\n", format)->rows.values(), ElementsAre(0.5F, 2)) << "without the label";
  EXPECT_THAT(Matched("0.5,red,dog\n", format)->labels, ElementsAre(1)) << "without the ignored columns";
}

// Codes are for arrays of numbers. In a text, 2 is the value "2", whatever its code is.
TEST(MatchColumnsTest, ACategoryOfNumbersAndWordsIsMatchedByItsNames) {
  InputFormat format = {.input_shape = {1}, .columns = {{.name = "doors", .kind = ColumnKind::kCategory, .step = 1}}};
  format.columns[0].values = {{"2", 0}, {"3", 1}, {"more", 2}};
  EXPECT_THAT(Matched("doors\n2\n3\n", format)->rows.values(), ElementsAre(0, 1));
  EXPECT_THAT(Matched("doors\n2\nmore\n", format)->rows.values(), ElementsAre(0, 2));
  EXPECT_THAT(Refusal("doors\n0\n", format), HasSubstr("'0' is none of its values: 2, 3, more"));
  format.columns[0].values = {{"2", 2}, {"3", 3}};
  EXPECT_THAT(Matched("doors\n2.0\n3\n", format)->rows.values(), ElementsAre(2, 3));
  const StoredArray array = {.shape = {2, 1}, .rows = MatrixBuffer({1, 0}, 2, 1)};
  format.columns[0].values = {{"2", 0}, {"more", 1}};
  EXPECT_THAT(MatchColumns(array, {}, "x.npy", format, LabelUse::kRead)->rows.values(), ElementsAre(1, 0));
}

TEST(MatchColumnsTest, GapsAreKeptOnlyIfTheModelTakesThem) {
  const std::string text = "width,colour,kind\n,red,cat\n0.5,?,dog\n";
  EXPECT_THAT(Refusal(text),
              HasSubstr("x.csv: row 1: column 'width' has no value: it is empty, NA, nan or ?; the model "
                        "has no base density, which missing values need"));
  InputFormat format = Format();
  format.missing = MissingValues::kKept;
  const absl::StatusOr<LabelledData> data = Matched(text, format);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->rows.values(), ElementsAre(IsNan(), 2, 0.5F, IsNan()));
  EXPECT_THAT(data->labels, ElementsAre(0, 1));
}

TEST(MatchColumnsTest, AMissingLabelAmongOthersIsRefused) {
  InputFormat format = Format();
  format.missing = MissingValues::kKept;
  EXPECT_THAT(Refusal("width,colour,kind\n1,red,cat\n2,red,\n", format), HasSubstr("row 2: the label is missing"));
}

TEST(MatchColumnsTest, LabelsMayBeMissingOrOfNoInterest) {
  EXPECT_THAT(Matched("width,colour,kind\n1,red,?\n2,red,\n")->labels, IsEmpty());
  EXPECT_THAT(Refusal("width,colour,kind\n1,red,?\n2,red,cat\n"), HasSubstr("row 1: the label is missing"));
  EXPECT_THAT(Refusal("width,colour,kind\n1,red,bird\n"), HasSubstr("label 'bird' is none of the classes"));
  EXPECT_TRUE(Matched("width,colour,kind\n1,red,bird\n", Format(), LabelUse::kIgnored).ok());
}

TEST(MatchColumnsTest, ColumnsWithoutANameAreTakenInTheirOrder) {
  InputFormat format = Format();
  format.columns.insert(format.columns.begin() + 1, {.name = "", .kind = ColumnKind::kIgnored});
  format.columns[2].name = "";
  EXPECT_THAT(Matched("id,,,colour,kind\n1,9,0.5,red,cat\n", format)->rows.values(), ElementsAre(0.5F, 2));
}

TEST(MatchColumnsTest, PixelsAreThoseOfTheShapeWithOrWithoutALabel) {
  const InputFormat digits = {.input_shape = {2, 2}, .columns = {DataColumn()}, .class_labels = {"0", "1"}};
  EXPECT_THAT(Matched("1,2,3,4\n", digits)->labels, IsEmpty());
  EXPECT_THAT(Matched("1,2,3,4,1\n", digits)->labels, ElementsAre(1));
  EXPECT_THAT(Matched("a,b,c,d\n1,2,3,4\n", digits)->rows.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Refusal("1,2,3\n", digits), HasSubstr("a row has 3 values; the model takes 4, or 5 with a label in the"));
}

TEST(MatchColumnsTest, AModelOfRowsWithoutLabelsTakesNone) {
  const InputFormat format = {.input_shape = {2}, .columns = {DataColumn()}, .class_labels = {kOnlyClass}};
  EXPECT_TRUE(Matched("1,2\n", format).ok());
  EXPECT_THAT(Refusal("1,2,0\n", format), HasSubstr("a row has 3 values; the model takes 2"));
}

}  // namespace
}  // namespace ebm
