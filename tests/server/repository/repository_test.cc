#include "tests/server/repository/repository_test_fixture.h"

#include "gmock/gmock.h"

namespace ebm::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(RepositoryTest, LoadsTheNewestVersionOfEveryModelAtStart) {
  disk_.Put("digits", 1);
  disk_.Put("digits", 2);
  disk_.Put("letters", 7);
  EXPECT_EQ(Started(Mode::kNone).WaitUntilLoaded(), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
  EXPECT_THAT(store_.Loaded("letters"), ElementsAre(7));
  EXPECT_EQ(StatusOf("1").state, VersionState::kAvailable);
  EXPECT_EQ(StatusOf("2").state, VersionState::kReady);
}

TEST_F(RepositoryTest, IndexIsSortedByNameAndNumber) {
  disk_.Put("letters", 1);
  for (const int64_t version : {10, 9, 1}) disk_.Put("digits", version);
  std::vector<std::string> order;
  for (const VersionStatus& status : Started(Mode::kNone).Index()) {
    order.push_back(absl::StrCat(status.name, status.version));
  }
  EXPECT_THAT(order, ElementsAre("digits1", "digits9", "digits10", "letters1"));
}

TEST_F(RepositoryTest, ABrokenNewestVersionAtStartLetsTheOneBeforeServe) {
  disk_.Put("digits", 1);
  disk_.Put("digits", 2);
  store_.Break("digits", 2);
  EXPECT_EQ(Started(Mode::kNone).WaitUntilLoaded(), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_EQ(StatusOf("2").state, VersionState::kFailed);
  EXPECT_EQ(StatusOf("2").reason, "too short");
}

TEST_F(RepositoryTest, AModelWithoutAUsableVersionIsNamedAtStart) {
  disk_.Put("digits", 1);
  disk_.Put("letters", 1);
  store_.Break("digits", 1);
  const absl::Status missing = Started(Mode::kNone).WaitUntilLoaded();
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(missing.message(), "model digits version 1: too short");
}

TEST_F(RepositoryTest, SettingsThatCannotBeReadAtStartAreNamed) {
  disk_.Put("digits", 1);
  disk_.SetSettings("digits", absl::InvalidArgumentError("model.txtpb:1:1: no such field"));
  EXPECT_THAT(std::string(Started(Mode::kPoll).WaitUntilLoaded().message()), HasSubstr("model.txtpb:1:1"));
  EXPECT_THAT(store_.TakeAttempts(), IsEmpty());
  EXPECT_THAT(observer_.problems, ElementsAre("model.txtpb:1:1: no such field"));
  disk_.SetSettings("digits", ModelSettings());
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
}

TEST_F(RepositoryTest, APollLoadsANewVersionBeforeItRetiresTheOld) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.Put("digits", 2);
  repository_->PollOnce();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_EQ(StatusOf("2").state, VersionState::kLoading);
  store_.during_load = [this](const LoadOrder&) { clock_.Advance(absl::Seconds(3)); };
  RunAll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
  EXPECT_THAT(observer_.events, ElementsAre("digits/1 ready after 0", "digits/1 retired", "digits/2 ready after 3s"));
}

TEST_F(RepositoryTest, AFailedLoadKeepsTheOldVersionAndIsNotTriedAgain) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.Put("digits", 2);
  store_.Break("digits", 2);
  store_.TakeAttempts();
  for (int i = 0; i < 3; ++i) Poll();
  EXPECT_THAT(store_.TakeAttempts(), ElementsAre("digits/2"));
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_EQ(StatusOf("2"),
            (VersionStatus{.name = "digits", .version = "2", .state = VersionState::kFailed, .reason = "too short"}));
}

TEST_F(RepositoryTest, AFailedLoadIsTriedAgainWhenTheFileHasChanged) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.Put("digits", 2);
  store_.Break("digits", 2);
  Poll();
  store_.Repair("digits", 2);
  disk_.Put("digits", 2);
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
}

TEST_F(RepositoryTest, AVersionThatVanishesStaysUntilAnotherIsLoaded) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.Remove("digits", 1);
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  disk_.RemoveModel("digits");
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  disk_.Put("digits", 2);
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
}

TEST_F(RepositoryTest, ADiskThatCannotBeReadChangesNothingAndIsReportedOnce) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.SetError(absl::UnavailableError("stale file handle"));
  Poll();
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_THAT(observer_.problems, ElementsAre("stale file handle"));
}

TEST_F(RepositoryTest, RollingBackIsMovingALabel) {
  for (const int64_t version : {1, 2}) disk_.Put("digits", version);
  disk_.SetSettings("digits", ModelSettings{.labels = {{"stable", 2}}});
  Started(Mode::kPoll);
  EXPECT_EQ(store_.Labels("digits"), (VersionLabels{{"stable", 2}}));
  disk_.SetSettings("digits", ModelSettings{.labels = {{"stable", 1}}});
  repository_->PollOnce();
  EXPECT_EQ(store_.Labels("digits"), (VersionLabels{{"stable", 2}})) << "version 1 is not loaded yet";
  RunAll();
  EXPECT_EQ(store_.Labels("digits"), (VersionLabels{{"stable", 1}}));
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1, 2));
  EXPECT_THAT(StatusOf("1").labels, ElementsAre("stable"));
}

TEST_F(RepositoryTest, SettingsWithAMistakeLeaveThoseBeforeInEffect) {
  disk_.Put("digits", 1);
  disk_.SetSettings("digits", ModelSettings{.labels = {{"stable", 1}}});
  Started(Mode::kPoll);
  disk_.SetSettings("digits", absl::InvalidArgumentError("model.txtpb:3:1: a mistake"));
  Poll();
  EXPECT_EQ(StatusOf("1").state, VersionState::kReady);
  EXPECT_EQ(StatusOf("1").reason, "model.txtpb:3:1: a mistake");
  EXPECT_THAT(StatusOf("1").labels, ElementsAre("stable"));
}

TEST_F(RepositoryTest, APolicyOfNoVersionsServesNone) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  disk_.SetSettings("digits", ModelSettings{.policy = SpecificVersions{}});
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), IsEmpty());
  EXPECT_EQ(repository_->WaitUntilLoaded(), absl::OkStatus());
}

}  // namespace
}  // namespace ebm::repository
