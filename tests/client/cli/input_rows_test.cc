#include "client/cli/input_rows.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "client/cli/command_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "model/io/npy.h"
#include "model/io/png.h"
#include "model/offline/data/digits.h"
#include "tests/support/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_file.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using ::testing::Pointwise;

ModelDescription Model(std::vector<int64_t> input_shape, size_t classes) {
  ModelDescription model;
  model.identity.name = "toy";
  model.input_shape = std::move(input_shape);
  for (size_t k = 0; k < classes; ++k) model.class_labels.push_back(std::to_string(k));
  model.data_range = {0.0F, 16.0F};
  model.columns = {{.range = model.data_range}};
  return model;
}

std::string Write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFileBytes(bytes, path).ok());
  return path;
}

absl::StatusOr<LabelledData> Read(const InputFlags& flags, const ModelDescription& model) {
  auto raw = ReadInput(flags);
  if (!raw.ok()) return raw.status();
  return FitToModel(*std::move(raw), model, LabelUse::kRead);
}

absl::StatusOr<LabelledData> ReadBytes(const std::string& bytes, const ModelDescription& model) {
  return Read({.file = Write("input", bytes)}, model);
}

TEST(InputRowsTest, ACsvRowIsDValuesAndPerhapsALabel) {
  const auto plain = ReadBytes("1,2\n3,4\n", Model({2}, 3));
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->rows.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(plain->labelled());
  const auto labelled = ReadBytes("1,2,0\n3,4,2\n", Model({2}, 3));
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_THAT(labelled->rows.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(labelled->labels, ElementsAre(0, 2));
}

TEST(InputRowsTest, NpyIsRecognisedByItsContent) {
  const MatrixBuffer rows({1, 2, 3, 4}, 2, 2);
  const auto data = ReadBytes(SerializeNpy(rows.view()), Model({2}, 3));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->rows.values(), rows.values());
}

TEST(InputRowsTest, AllErrorsAreUsageErrors) {
  for (const std::string& bytes :
       {std::string("1,2\n3\n"), std::string("1,x\n"), std::string("1,nan\n"), std::string(), std::string("1,2,3,4\n"),
        std::string("1,2,9\n"), std::string("1\n"), std::string("\x93NUMPY"), std::string("\x89PNG\r\n\x1a\n")}) {
    EXPECT_EQ(ExitStatus(ReadBytes(bytes, Model({2}, 3)).status()), kExitUsage) << bytes;
  }
  EXPECT_EQ(ExitStatus(ReadInput({.file = "/no/such/file"}).status()), kExitUsage);
  EXPECT_EQ(ExitStatus(ReadInput({.digit = "1797"}).status()), kExitUsage);
}

TEST(InputRowsTest, AWrongWidthNamesBothWidths) {
  EXPECT_THAT(ReadBytes("1,2,3,4\n", Model({2}, 3)).status().ToString(),
              HasSubstr("a row has 4 values; the model takes 2, or 3 with a label"));
}

TEST(InputRowsTest, APngOfTheModelsShapeIsOneRowInDataUnits) {
  const auto png = EncodePng({.width = 3, .height = 1, .pixels = {0, 255, 51}});
  ASSERT_TRUE(png.ok()) << png.status();
  const auto data = ReadBytes(*png, Model({1, 3}, 3));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->rows.rows(), 1);
  EXPECT_FLOAT_EQ(data->rows.row(0)[0], 0.0F);
  EXPECT_FLOAT_EQ(data->rows.row(0)[1], 16.0F);
  EXPECT_FLOAT_EQ(data->rows.row(0)[2], 3.2F);
}

TEST(InputRowsTest, APngOfAnotherShapeNamesBothShapes) {
  const auto png = EncodePng({.width = 3, .height = 1, .pixels = {0, 255, 51}});
  EXPECT_THAT(ReadBytes(*png, Model({3, 1}, 3)).status().ToString(),
              HasSubstr("a picture of 3 x 1 pixels; the model takes 1 x 3"));
  EXPECT_THAT(ReadBytes(*png, Model({2}, 3)).status().ToString(), HasSubstr("not pictures"));
}

// A PNG of one red and one gray pixel: made by Pillow 13.
std::string RedAndGrayPng() {
  return absl::HexStringToBytes(
      "89504e470d0a1a0a0000000d4948445200000002000000010802000000"
      "7b40e8dd0000000f49444154789c63fccfc0d0d8d00000090b0282aabead020000000049454e44ae426082");
}

TEST(InputRowsTest, APngKeepsItsColoursForAModelWithChannels) {
  const auto colors = ReadBytes(RedAndGrayPng(), Model({3, 1, 2}, 3));
  ASSERT_TRUE(colors.ok()) << colors.status();
  constexpr float kGray = 128.0F * 16.0F / 255.0F;
  EXPECT_THAT(colors->rows.values(), Pointwise(FloatEq(), {16.0F, kGray, 0.0F, kGray, 0.0F, kGray}));
}

TEST(InputRowsTest, APngsColoursHaveTheRangesOfTheirChannels) {
  ModelDescription model = Model({3, 1, 2}, 3);
  model.columns = {{.range = {0, 1}}, {.range = {1, 3}}, {.range = {-255, 0}}};
  const auto colors = ReadBytes(RedAndGrayPng(), model);
  ASSERT_TRUE(colors.ok()) << colors.status();
  EXPECT_THAT(colors->rows.values(),
              Pointwise(FloatEq(), {1.0F, 128 / 255.0F, 1.0F, 1 + 2 * 128 / 255.0F, -255.0F, -127.0F}));
}

TEST(InputRowsTest, AJpegIsOneRowToo) {
  const auto gray = ReadBytes(ColorJpeg(OneColor(3, 1, 255, 255, 255)), Model({1, 3}, 3));
  ASSERT_TRUE(gray.ok()) << gray.status();
  EXPECT_THAT(gray->rows.values(), ElementsAre(16, 16, 16));
}

TEST(InputRowsTest, AFolderOfPicturesHasARowForEach) {
  const TemporaryFolder folder;
  folder.Write("b.png", ColorPng(OneColor(2, 1, 0, 0, 0)));
  folder.Write("a.png", ColorPng(OneColor(2, 1, 255, 0, 0)));
  const auto colors = Read({.file = folder.path()}, Model({3, 1, 2}, 3));
  ASSERT_TRUE(colors.ok()) << colors.status();
  EXPECT_THAT(colors->rows.row(0), ElementsAre(16, 16, 0, 0, 0, 0));
  EXPECT_THAT(colors->rows.row(1), ElementsAre(0, 0, 0, 0, 0, 0));
  folder.Write("c.txt", "1,2");
  EXPECT_EQ(ExitStatus(ReadInput({.file = folder.path()}).status()), kExitUsage);
}

TEST(InputRowsTest, AnArchiveHasLabelsBesideItsRows) {
  const int64_t two[] = {2};
  const std::string labels = SerializeNpy(std::vector<float>{2, 0}, two);
  const std::string rows = SerializeNpy(MatrixBuffer({1, 2, 3, 4}, 2, 2).view());
  const auto data = ReadBytes(Zip({{"arr_0.npy", rows}, {"arr_1.npy", labels}}), Model({2}, 3));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->rows.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data->labels, ElementsAre(2, 0));
}

TEST(InputRowsTest, IdxPicturesAreRowsAndLabelsMayBeInAFile) {
  const std::string pictures = std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x01\x02\x03\x04", 20);
  const auto plain = ReadBytes(pictures, Model({1, 2}, 3));
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->rows.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(plain->labelled());
  const std::string labels = Write("labels", "2\n0\n");
  const auto labelled = Read({.file = Write("input", pictures), .labels = labels}, Model({1, 2}, 3));
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_THAT(labelled->labels, ElementsAre(2, 0));
}

TEST(InputRowsTest, EmbeddedDigitsComeWithTheirLabels) {
  const auto data = Read({.digits = "1795:2"}, Model({8, 8}, 10));
  ASSERT_TRUE(data.ok()) << data.status();
  const LabelledData all = Digits();
  EXPECT_EQ(data->rows.rows(), 2);
  EXPECT_TRUE(std::ranges::equal(data->rows.row(1), all.rows.row(1796)));
  EXPECT_THAT(data->labels, ElementsAre(all.labels[1795], all.labels[1796]));
  EXPECT_EQ(ExitStatus(Read({.digit = "0"}, Model({65}, 10)).status()), kExitUsage);
}

}  // namespace
}  // namespace ebm::client
