#include "model/repository/publish.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/repository/version_lock.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublishTest : public testing::Test {
 protected:
  int64_t Publish(const std::string& bytes = "model") const {
    const auto version = PublishVersion(model_, bytes);
    EXPECT_TRUE(version.ok()) << version.status();
    return version.ok() ? version->number : 0;
  }
  void WriteSettings(const std::string& text) const { folder_.Write(absl::StrCat("digits/", kSettingsFile), text); }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(model_)) names.insert(entry.path().filename());
    return names;
  }

  const TemporaryFolder folder_;
  const std::string model_ = folder_.File("digits");
};

TEST_F(PublishTest, TheNextVersionFollowsTheNewest) {
  EXPECT_EQ(Publish("first"), 1);
  EXPECT_EQ(Publish(), 2);
  fs::create_directories(model_ + "/9");  // somebody's, still empty
  EXPECT_EQ(Publish(), 10);
  std::ifstream file(absl::StrCat(model_, "/1/", kModelFile), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "first");
  EXPECT_THAT(Names(), ElementsAre("1", "10", "2", "9")) << "nothing else is left";
}

TEST_F(PublishTest, AFailedPublicationLeavesNothingBehind) {
  EXPECT_EQ(Publish(), 1);
  fs::create_directories(model_ + "/9223372036854775807");
  EXPECT_FALSE(PublishVersion(model_, "model").ok());
  EXPECT_THAT(Names(), ElementsAre("1", "9223372036854775807"));
}

TEST_F(PublishTest, PublishersAtTheSameTimeGetVersionsOfTheirOwn) {
  constexpr int kThreads = 4;
  constexpr int kEach = 8;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < kEach; ++j) Publish();
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto model = ScanModel(model_);
  ASSERT_EQ(model->versions.size(), kThreads * kEach);
  EXPECT_EQ(model->versions.back().number, kThreads * kEach);
}

TEST_F(PublishTest, RefusesANameThatNoModelCanHave) {
  EXPECT_EQ(PublishVersion(folder_.File(".digits"), "model").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PublishVersion(folder_.File("none/digits"), "model").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PublishTest, TheDefaultVersionIsTheStableOneOrTheNewest) {
  EXPECT_FALSE(DefaultVersion(model_)->has_value());
  Publish();
  Publish();
  EXPECT_EQ(DefaultVersion(model_)->value().number, 2);
  WriteSettings("labels { key: 'stable' value: 1 }");
  EXPECT_EQ(DefaultVersion(model_)->value().number, 1);
  WriteSettings("labels { key: 'stable' value: 7 }");
  EXPECT_EQ(DefaultVersion(model_)->value().number, 2);
  WriteSettings("labels {");
  EXPECT_FALSE(DefaultVersion(model_).ok());
}

TEST_F(PublishTest, OldVersionsAreRemovedUnlessTheyHaveALabelOrAreLoaded) {
  for (int i = 0; i < 6; ++i) Publish();
  WriteSettings("labels { key: 'stable' value: 2 }");
  std::optional<VersionLock> loaded = *VersionLock::Share(absl::StrCat(model_, "/3/", kModelFile));
  auto removal = RemoveOldVersions(model_, 2);
  ASSERT_TRUE(removal.ok());
  EXPECT_THAT(removal->removed, ElementsAre(1, 4));
  EXPECT_THAT(removal->kept,
              ElementsAre(HasSubstr("version 2 stays: it has the label stable"), HasSubstr("version 3 stays: ")));
  EXPECT_THAT(Names(), ElementsAre("2", "3", "5", "6", kSettingsFile));
  loaded.reset();
  EXPECT_THAT(RemoveOldVersions(model_, 2)->removed, ElementsAre(3));
}

TEST_F(PublishTest, NothingIsRemovedIfTheSettingsCannotBeRead) {
  for (int i = 0; i < 3; ++i) Publish();
  WriteSettings("labels {");
  EXPECT_FALSE(RemoveOldVersions(model_, 1).ok());
  EXPECT_EQ(ScanModel(model_)->versions.size(), 3U);
}

TEST_F(PublishTest, FewVersionsAllStay) {
  Publish();
  EXPECT_THAT(RemoveOldVersions(model_, 5)->removed, IsEmpty());
}

}  // namespace
}  // namespace ebm
