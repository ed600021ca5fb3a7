#include "model/offline/data/class_labels.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/csv.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

StoredArray Table(const std::string& text) { return *ParseCsv(text, "x.csv", {.header = CsvHeader::kNo}); }

TEST(LabelTextsTest, AreWordsOrWholeNumbers) {
  EXPECT_THAT(*LabelTexts(Table("1,cat\n2,dog\n"), 1, "x"), ElementsAre("cat", "dog"));
  EXPECT_THAT(*LabelTexts(Table("1.0\n-2\n16777215\n"), 0, "x"), ElementsAre("1", "-2", "16777215"));
  EXPECT_THAT(MessageOf(LabelTexts(Table("1\n0.5\n"), 0, "x").status()),
              HasSubstr("x: row 2: label 0.5 is neither a whole number nor a word"));
  EXPECT_THAT(MessageOf(LabelTexts(Table("a,1\n,2\n"), 0, "x").status()), HasSubstr("x: row 2: the label is missing"));
}

TEST(ClassesTest, NumbersAreInTheirOrderAndWordsInThatOfTheAlphabet) {
  EXPECT_THAT(*ClassesOf(Texts{"10", "9", "-1", "9"}, "x"), ElementsAre("-1", "9", "10"));
  EXPECT_THAT(*ClassesOf(Texts{"dog", "cat", "10"}, "x"), ElementsAre("10", "cat", "dog"));
}

TEST(ClassesTest, LabelsAreNamesOrIndicesWhereNoNameIsANumber) {
  const Texts animals = {"cat", "dog"};
  EXPECT_THAT(*IndicesOf(Texts{"dog", "0", "cat"}, animals, "x"), ElementsAre(1, 0, 0));
  EXPECT_THAT(*IndicesOf(Texts{"7", "3"}, Texts{"3", "7"}, "x"), ElementsAre(1, 0));
  EXPECT_THAT(MessageOf(IndicesOf(Texts{"3", "0"}, Texts{"3", "7"}, "x").status()),
              HasSubstr("x: row 2: label '0' is none of the classes: 3, 7"));
  EXPECT_THAT(MessageOf(IndicesOf(Texts{"2"}, animals, "x").status()), HasSubstr("label '2' is none of"));
}

TEST(LabelsFileTest, AWordInTheFirstLineIsALabelIfThereIsOneForEachRow) {
  const TemporaryFolder folder;
  EXPECT_THAT(*ReadLabelTexts(folder.Write("words.csv", "b\na\na\n"), 3, CsvHeader::kAuto), ElementsAre("b", "a", "a"));
  EXPECT_THAT(*ReadLabelTexts(folder.Write("one.csv", "b\n"), 1, CsvHeader::kAuto), ElementsAre("b"));
  EXPECT_FALSE(ReadLabelTexts(folder.Write("no.csv", "b\na\na\n"), 2, CsvHeader::kNo).ok());
}

TEST(LabelTextsTest, NumbersThatFloat32DoesNotTellApartAreRefused) {
  EXPECT_THAT(MessageOf(LabelTexts(Table("16777217\n16777216\n"), 0, "x").status()),
              HasSubstr("is beyond 16777215, up to which whole numbers are told from each other"));
}

TEST(NumberTextTest, HasTheFewestDigits) {
  EXPECT_EQ(NumberText(0.126F), "0.126");
  EXPECT_EQ(NumberText(-3), "-3");
  EXPECT_EQ(NumberText(1e20F), "1e+20");
}

TEST(LabelsFileTest, HasALineEachOrOneRowOfNumbers) {
  const TemporaryFolder folder;
  EXPECT_THAT(*ReadLabelTexts(folder.Write("words.csv", "kind\ncat\ndog\ncat\n"), 3, CsvHeader::kAuto),
              ElementsAre("cat", "dog", "cat"));
  EXPECT_THAT(*ReadLabelTexts(folder.Write("row.csv", "2,0,1"), 3, CsvHeader::kAuto), ElementsAre("2", "0", "1"));
  EXPECT_THAT(MessageOf(ReadLabelTexts(folder.Write("few.csv", "2\n0\n"), 3, CsvHeader::kAuto).status()),
              HasSubstr("few.csv: 2 labels for 3 rows"));
  EXPECT_THAT(MessageOf(ReadLabelTexts(folder.Write("wide.csv", "1,2\n3,4\n"), 2, CsvHeader::kAuto).status()),
              HasSubstr("wide.csv: labels of 2 values each"));
}

}  // namespace
}  // namespace ebm
