#include "model/offline/data/picture_folder.h"

#include <filesystem>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/digest.h"
#include "model/io/picture_set.h"
#include "tests/support/picture_files.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PictureFolderTest : public ::testing::Test {
 protected:
  // A file in a subfolder, which is made if it is not there.
  std::string Write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(folder_.File(name)).parent_path());
    return folder_.Write(name, bytes);
  }

  // Pixels of one value.
  std::string WriteGray(const std::string& name, uint8_t value) const {
    return Write(name, ColorPng(OneColor(2, 1, value, value, value)));
  }

  std::string Message(size_t limit = kMaxDataFileBytes) const {
    return std::string(ReadPictureFolder(folder_.path(), limit).status().message());
  }

  TemporaryFolder folder_;
};

TEST_F(PictureFolderTest, SubfoldersAreClassesInTheOrderOfNames) {
  WriteGray("dog/1.png", 30);
  WriteGray("cat/b.png", 20);
  WriteGray("cat/a.PNG", 10);
  const absl::StatusOr<StoredData> data = ReadPictureFolder(folder_.path());
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->labels, ElementsAre("cat", "cat", "dog"));
  const auto& pictures = std::get<PictureSet>(data->content);
  EXPECT_EQ(pictures.width, 2);
  EXPECT_EQ(pictures.height, 1);
  EXPECT_THAT(pictures.pixels, ElementsAre(10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20, 30, 30, 30, 30, 30, 30));
}

TEST_F(PictureFolderTest, PicturesOfBothFormatsHaveTheirRedValuesFirst) {
  Write("a.png", ColorPng(OneColor(2, 1, 1, 2, 3)));
  Write("b.jpeg", ColorJpeg(OneColor(2, 1, 90, 90, 90)));
  const absl::StatusOr<StoredData> data = ReadPictureFolder(folder_.path());
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->labels, IsEmpty());
  EXPECT_THAT(std::get<PictureSet>(data->content).pixels, ElementsAre(1, 1, 2, 2, 3, 3, 90, 90, 90, 90, 90, 90));
}

TEST_F(PictureFolderTest, TheDigestIsThatOfSha256sum) {
  const std::string png = ColorPng(OneColor(1, 1, 1, 2, 3));
  Write("cat/a.png", png);
  Write("cat-b/a.png", png);
  const std::string line = Sha256Hex(png) + "  ";
  EXPECT_EQ(ReadPictureFolder(folder_.path() + "/")->sha256, Sha256Hex(line + "cat-b/a.png\n" + line + "cat/a.png\n"));
}

TEST_F(PictureFolderTest, WhatFileManagersLeaveIsSkipped) {
  WriteGray("cat/a.png", 1);
  Write("cat/Thumbs.db", "x");
  Write("cat/.DS_Store", "x");
  Write(".cache/x.png", "x");
  EXPECT_EQ(ReadPictureFolder(folder_.path())->labels.size(), 1U);
}

TEST_F(PictureFolderTest, OtherFilesAreRefusedByName) {
  WriteGray("cat/a.png", 1);
  const std::string notes = Write("cat/notes.txt", "text");
  EXPECT_THAT(Message(), HasSubstr(absl::StrCat(notes, ": neither a PNG nor a JPEG picture")));
  Write("cat/notes.txt", "GIF89a");
  EXPECT_THAT(Message(), HasSubstr("but a GIF picture"));
}

TEST_F(PictureFolderTest, ADamagedPictureIsRefusedByName) {
  const std::string path = Write("a.png", ColorPng(OneColor(9, 9, 1, 2, 3)).substr(0, 50));
  EXPECT_THAT(Message(), HasSubstr(path + ": "));
}

TEST_F(PictureFolderTest, TheFirstPictureOfAnotherSizeIsNamedWithBothSizes) {
  WriteGray("cat/a.png", 1);
  const std::string other = Write("dog/a.png", ColorPng(OneColor(3, 2, 1, 1, 1)));
  EXPECT_THAT(Message(), AllOf(HasSubstr(other + ": a picture of 3 x 2 pixels; "),
                               HasSubstr("cat/a.png has 2 x 1, and all must have one size")));
}

TEST_F(PictureFolderTest, FoldersOfOtherShapesAreRefused) {
  EXPECT_THAT(Message(), HasSubstr(folder_.path() + ": this folder has no pictures"));
  std::filesystem::create_directory(folder_.File("cat"));
  EXPECT_THAT(Message(), HasSubstr("cat: this folder of a class has no pictures"));
  WriteGray("cat/a.png", 1);
  WriteGray("b.png", 1);
  EXPECT_THAT(Message(), HasSubstr("b.png: a file beside folders such as cat"));
  std::filesystem::remove(folder_.File("b.png"));
  WriteGray("train/cat/a.png", 1);
  EXPECT_THAT(Message(), AllOf(HasSubstr("train/cat: a folder inside "), HasSubstr("one subfolder for each class")));
  EXPECT_EQ(ReadPictureFolder(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PictureFolderTest, NamesMustBeUtf8) {
  WriteGray("caf\xE9/a.png", 1);
  EXPECT_THAT(Message(), HasSubstr("name is not UTF-8"));
}

TEST_F(PictureFolderTest, TheLimitHoldsForThePixelsOfAllPictures) {
  for (const std::string name : {"a.png", "b.png"}) Write(name, ColorPng(OneColor(100, 100, 1, 1, 1)));
  EXPECT_THAT(Message(59999), HasSubstr("2 pictures of 100 x 100 pixels exceed the limit of 59999 bytes of pixels"));
  EXPECT_TRUE(ReadPictureFolder(folder_.path(), 60000).ok());
}

TEST_F(PictureFolderTest, TheLimitHoldsForAllFilesTogether) {
  const std::string padded = ColorPng(OneColor(1, 1, 1, 1, 1)) + std::string(1000, '\0');
  for (const std::string name : {"a.png", "b.png"}) Write(name, padded);
  EXPECT_TRUE(ReadPictureFolder(folder_.path(), 2 * padded.size()).ok());
  EXPECT_THAT(Message(2 * padded.size() - 1), HasSubstr("its pictures exceed the limit of "));
  EXPECT_THAT(Message(padded.size() - 1), HasSubstr("a.png: the file exceeds the limit of "));
}

TEST_F(PictureFolderTest, ADamagedLinkIsRefusedByName) {
  WriteGray("a.png", 1);
  std::filesystem::create_symlink("nothing", folder_.File("b.png"));
  EXPECT_THAT(Message(), HasSubstr("b.png: neither a file nor a folder"));
}

}  // namespace
}  // namespace ebm
