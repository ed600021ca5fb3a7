#include "client/cli/table.h"

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

TEST(TableTest, AlignsColumnsToTheRight) {
  Table table({"row", "class", "p"});
  table.AddRow({"0", "seven", "0.5"});
  table.AddRow({"100", "b", "1"});
  EXPECT_EQ(table.Text(),
            "row  class    p\n"
            "  0  seven  0.5\n"
            "100      b    1\n");
}

TEST(TableTest, CountsCharactersNotBytes) {
  Table table({"ab", "c"});
  table.AddRow({"äö", "d"});
  EXPECT_EQ(table.Text(),
            "ab  c\n"
            "äö  d\n");
}

TEST(TableTest, LeavesNoBlanksAtTheEndOfALine) {
  Table table({"a", ""});
  table.AddRow({"1", "wrong"});
  table.AddRow({"2", ""});
  EXPECT_EQ(table.Text(),
            "a\n"
            "1  wrong\n"
            "2\n");
}

TEST(TableTest, NotesStandUnderTheirRowsAndWidenNothing) {
  Table table({"a", "b"});
  table.AddRow({"1", "x"});
  table.AddNote("   a long note");
  table.AddNote("   another");
  table.AddRow({"2", "y"});
  EXPECT_EQ(table.Text(),
            "a  b\n"
            "1  x\n"
            "   a long note\n"
            "   another\n"
            "2  y\n");
}

TEST(ListingTest, AlignsValuesToTheLeft) {
  Listing listing;
  listing.Add("seed", "7");
  listing.Add("step size", "1");
  EXPECT_EQ(listing.Text(),
            "seed       7\n"
            "step size  1\n");
}

}  // namespace
}  // namespace ebm::client
