#include "model/io/cifar10.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Record(char label, char red, char green, char blue) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

std::string MessageOf(const std::string& bytes) { return std::string(ParseCifar10(bytes, "x.bin").status().message()); }

TEST(Cifar10Test, ARecordIsALabelAndThreePlanes) {
  const std::string bytes = Record(9, 1, 2, '\xFF') + Record(0, 4, 5, 6);
  ASSERT_TRUE(IsCifar10(bytes));
  const Cifar10Pictures data = ParseCifar10(bytes, "x.bin").value();
  EXPECT_THAT(data.labels, ElementsAre(9, 0));
  EXPECT_EQ(data.pictures.count(), 2);
  EXPECT_EQ(data.pictures.pixels[0], 1);
  EXPECT_EQ(data.pictures.pixels[1024], 2);
  EXPECT_EQ(data.pictures.pixels[3071], 255);
  EXPECT_EQ(data.pictures.pixels[3072], 4);
}

TEST(Cifar10Test, OtherSizesAndLabelsAreNotTakenForIt) {
  const std::string bytes = Record(9, 1, 2, 3);
  for (const std::string& other :
       {std::string(), bytes + "x", bytes.substr(1), Record(10, 1, 2, 3), bytes + Record('\xFF', 1, 2, 3)}) {
    EXPECT_FALSE(IsCifar10(other));
    EXPECT_FALSE(ParseCifar10(other, "x.bin").ok());
  }
  EXPECT_THAT(MessageOf(bytes + "x"), HasSubstr("x.bin: 3074 bytes, which are no whole records of CIFAR-10, of 3073"));
  EXPECT_THAT(MessageOf(bytes + Record(10, 1, 2, 3)), HasSubstr("x.bin: record 2 has label 10"));
}

// The header of such a table begins with a tab, which as a label is 9.
TEST(Cifar10Test, ATextIsNotTakenForIt) { EXPECT_FALSE(IsCifar10("\tname\n" + std::string(3067, '1'))); }

}  // namespace
}  // namespace ebm
