#include "model/repository/layout.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LayoutTest : public testing::Test {
 protected:
  void Put(const std::string& folder, const std::string& bytes = "model") const {
    fs::create_directories(folder_.File(folder));
    folder_.Write(absl::StrCat(folder, "/", kModelFile), bytes);
  }
  std::vector<int64_t> Versions(const std::string& name) const {
    const auto model = ScanModel(folder_.File(name));
    EXPECT_TRUE(model.ok()) << model.status();
    std::vector<int64_t> numbers;
    for (const StoredVersion& version : model->versions) numbers.push_back(version.number);
    return numbers;
  }

  const TemporaryFolder folder_;
};

TEST_F(LayoutTest, AVersionIsAPositiveNumberWithoutLeadingZeros) {
  EXPECT_EQ(ParseVersion("1"), 1);
  EXPECT_EQ(ParseVersion("9223372036854775807"), 9223372036854775807);
  for (const char* const other :
       {"", "0", "01", "-1", "+1", " 1", "1 ", "1.0", "one", "9223372036854775808", "\xd9\xa1"}) {
    EXPECT_EQ(ParseVersion(other), std::nullopt) << other;
  }
}

TEST_F(LayoutTest, FindsVersionsInTheOrderOfTheirNumbers) {
  for (const char* const version : {"10", "9", "2"}) Put(absl::StrCat("digits/", version));
  EXPECT_THAT(Versions("digits"), ElementsAre(2, 9, 10));
}

TEST_F(LayoutTest, IgnoresWhatIsBeingWrittenAndWhatIsNoVersion) {
  Put("digits/1");
  Put("digits/.incoming-a1b2c3");
  Put("digits/02");
  Put("digits/notes");
  Put(".trash/1");
  fs::create_directories(folder_.File("digits/3"));                             // no file yet
  fs::create_directories(absl::StrCat(folder_.File("digits/4/"), kModelFile));  // a folder of that name
  folder_.Write("digits/5", "a file");
  folder_.Write("README", "not a model");
  EXPECT_THAT(Versions("digits"), ElementsAre(1));
  const auto found = ScanRepository(folder_.path());
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->models.size(), 1U);
  EXPECT_EQ(found->models[0].name, "digits");
  EXPECT_THAT(found->problems, IsEmpty());
}

// As Kubernetes mounts a volume: names are links into ..data, which is a link to a folder that is replaced.
TEST_F(LayoutTest, FollowsLinks) {
  Put("..2026_01/digits/1");
  fs::create_directory_symlink("..2026_01", folder_.File("..data"));
  fs::create_directory_symlink("..data/digits", folder_.File("digits"));
  fs::create_directory_symlink("nowhere", folder_.File("dangling"));
  EXPECT_THAT(Versions("digits"), ElementsAre(1));
  EXPECT_EQ(ScanRepository(folder_.path())->models.size(), 1U);
}

TEST_F(LayoutTest, NamesFoldersThatNoModelCanHave) {
  Put("digits/1");
  Put("bad\x01name/1");
  const auto found = ScanRepository(folder_.path());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->models.size(), 1U);
  ASSERT_EQ(found->problems.size(), 1U);
  EXPECT_THAT(found->problems[0], HasSubstr("bad\\x01name"));
  EXPECT_FALSE(CheckStoredName(".hidden").ok());
  EXPECT_FALSE(CheckStoredName("a/b").ok());
  EXPECT_FALSE(CheckStoredName("").ok());
}

TEST_F(LayoutTest, AMissingFolderIsNotFound) {
  EXPECT_EQ(ScanRepository(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LayoutTest, AFileThatIsReplacedOrGrowsHasAnotherIdentity) {
  Put("digits/1", "one");
  const std::string path = ScanModel(folder_.File("digits"))->versions[0].path;
  const auto first = IdentityOf(path);
  EXPECT_EQ(IdentityOf(path), first);
  Put("digits/1", "longer");
  EXPECT_NE(IdentityOf(path), first);
  const auto second = IdentityOf(path);
  fs::rename(folder_.Write("other", "longer"), path);
  EXPECT_NE(IdentityOf(path), second);
  EXPECT_EQ(IdentityOf(folder_.File("none")), std::nullopt);
}

TEST_F(LayoutTest, TellsWhetherThereAreSettings) {
  Put("digits/1");
  EXPECT_FALSE(ScanModel(folder_.File("digits"))->settings.has_value());
  folder_.Write(absl::StrCat("digits/", kSettingsFile), "all {}");
  EXPECT_TRUE(ScanModel(folder_.File("digits"))->settings.has_value());
}

}  // namespace
}  // namespace ebm
