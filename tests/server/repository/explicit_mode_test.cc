#include "tests/server/repository/repository_test_fixture.h"

#include <algorithm>

#include "gmock/gmock.h"

namespace ebm::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(RepositoryTest, OnlyExplicitModeLoadsAndUnloadsOnRequest) {
  disk_.Put("digits", 1);
  Started(Mode::kPoll);
  EXPECT_EQ(LoadNow("1").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Unload("1").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RepositoryTest, ExplicitModeStartsWithTheNamedModelsOnly) {
  disk_.Put("digits", 1);
  disk_.Put("letters", 1);
  ASSERT_EQ(Open(Mode::kExplicit, {"letters"}).Start(), absl::OkStatus());
  RunAll();
  EXPECT_EQ(repository_->WaitUntilLoaded(), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), IsEmpty());
  EXPECT_THAT(store_.Loaded("letters"), ElementsAre(1));
  EXPECT_EQ(StatusOf("1").state, VersionState::kAvailable);
  ASSERT_EQ(Open(Mode::kExplicit, {"*"}).Start(), absl::OkStatus());
  RunAll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_EQ(Open(Mode::kExplicit, {"words"}).Start().code(), absl::StatusCode::kNotFound);
}

TEST_F(RepositoryTest, ALoadAnswersWhenTheVersionServes) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  const LoadAnswer& answer = Load("1");
  repository_->RunNext();
  EXPECT_FALSE(answer.has_value()) << "the request has been looked at, the version not been loaded";
  RunAll();
  ASSERT_TRUE(answer.has_value() && answer->ok());
  EXPECT_EQ((*answer)->version, "1");
  EXPECT_EQ((*answer)->state, VersionState::kReady);
  store_.TakeAttempts();
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  EXPECT_THAT(store_.TakeAttempts(), IsEmpty()) << "it is loaded already";
}

TEST_F(RepositoryTest, ALoadOfANumberKeepsTheOtherVersions) {
  for (const int64_t version : {1, 2, 3}) disk_.Put("digits", version);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("3"), absl::OkStatus());
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1, 3));
}

TEST_F(RepositoryTest, ALoadWithoutANumberFollowsThePolicy) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow(""), absl::OkStatus());
  disk_.Put("digits", 2);
  const LoadAnswer& answer = Load("");
  RunAll();
  EXPECT_EQ((*answer)->version, "2");
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
}

TEST_F(RepositoryTest, ALoadLetsGoOfTheVersionThatItsLabelLeaves) {
  disk_.Put("digits", 1);
  disk_.SetSettings("digits", ModelSettings{.labels = {{"stable", 1}}});
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow(""), absl::OkStatus());
  disk_.Put("digits", 2);
  disk_.SetSettings("digits", ModelSettings{.labels = {{"stable", 2}}});
  Load("");
  repository_->RunNext();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1)) << "the new version is still being loaded";
  RunAll();
  EXPECT_EQ(store_.Labels("digits"), (VersionLabels{{"stable", 2}}));
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(2));
}

TEST_F(RepositoryTest, AFailedLoadOnRequestSaysWhyAndKeepsWhatIsLoaded) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow(""), absl::OkStatus());
  disk_.Put("digits", 2);
  store_.Break("digits", 2);
  const absl::Status failed = LoadNow("");
  EXPECT_EQ(failed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(failed.message(), "model digits version 2 cannot be loaded: too short");
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  store_.Repair("digits", 2);
  EXPECT_EQ(LoadNow("2"), absl::OkStatus()) << "a request tries again, whatever the file";
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1, 2));
}

TEST_F(RepositoryTest, RequestsForWhatCannotBeAreRefused) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("2").code(), absl::StatusCode::kNotFound);
  for (const char* const version : {"0", "01", "one", "-1"}) {
    EXPECT_EQ(LoadNow(version).code(), absl::StatusCode::kInvalidArgument) << version;
  }
  std::optional<absl::Status> answer;
  for (const char* const name : {"../digits", "", ".hidden", "a/b"}) {
    repository_->Load(name, "", [&](const auto& status) { answer = status.status(); });
    EXPECT_EQ(answer->code(), absl::StatusCode::kInvalidArgument) << name;
  }
  repository_->Load("words", "", [&](const auto& status) { answer = status.status(); });
  RunAll();
  EXPECT_EQ(answer->code(), absl::StatusCode::kNotFound);
}

TEST_F(RepositoryTest, AnUnloadedVersionIsUnloadingUntilItsRequestsEnd) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  store_.KeepRetired(1);
  EXPECT_EQ(Unload("1"), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), IsEmpty());
  EXPECT_TRUE(repository_->Tidy());
  EXPECT_EQ(StatusOf("1").state, VersionState::kUnloading);
  store_.KeepRetired(0);
  EXPECT_FALSE(repository_->Tidy());
  EXPECT_EQ(StatusOf("1").state, VersionState::kAvailable);
  EXPECT_EQ(Unload("1").code(), absl::StatusCode::kNotFound);
}

TEST_F(RepositoryTest, UnloadingWithoutANumberUnloadsAllVersions) {
  for (const int64_t version : {1, 2}) disk_.Put("digits", version);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  EXPECT_EQ(LoadNow("2"), absl::OkStatus());
  EXPECT_EQ(Unload(""), absl::OkStatus());
  EXPECT_THAT(store_.Loaded("digits"), IsEmpty());
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), IsEmpty()) << "it is not loaded again";
}

TEST_F(RepositoryTest, InExplicitModeAVersionThatVanishesStays) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  disk_.Remove("digits", 1);
  disk_.Put("digits", 2);
  Poll();
  EXPECT_THAT(store_.Loaded("digits"), ElementsAre(1));
  EXPECT_EQ(StatusOf("2").state, VersionState::kAvailable);
}

TEST_F(RepositoryTest, AModelWhoseFolderAndVersionsAreGoneIsReportedOnce) {
  disk_.Put("digits", 1);
  Started(Mode::kExplicit);
  EXPECT_EQ(LoadNow("1"), absl::OkStatus());
  disk_.RemoveModel("digits");
  Poll();
  EXPECT_THAT(observer_.events, testing::Not(testing::Contains("digits vanished"))) << "version 1 is still loaded";
  EXPECT_EQ(Unload("1"), absl::OkStatus());
  Poll();
  Poll();
  EXPECT_EQ(std::count(observer_.events.begin(), observer_.events.end(), "digits vanished"), 1);
}

TEST_F(RepositoryTest, AStopAnswersAllWhoWait) {
  for (const int64_t version : {1, 2}) disk_.Put("digits", version);
  Started(Mode::kExplicit);
  std::vector<absl::StatusCode> answers;
  const auto keep = [&answers](const absl::StatusOr<VersionStatus>& status) {
    answers.push_back(status.status().code());
  };
  repository_->Load("digits", "1", keep);
  repository_->RunNext();
  repository_->Load("digits", "2", keep);
  repository_->Stop();
  repository_->Load("digits", "1", keep);
  RunAll();
  EXPECT_EQ(answers, std::vector(3, absl::StatusCode::kUnavailable));
  EXPECT_THAT(store_.TakeAttempts(), IsEmpty());
}

}  // namespace
}  // namespace ebm::repository
