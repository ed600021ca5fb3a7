#include "server/repository/repository.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/repository/fake_disk.h"
#include "tests/server/repository/fake_store.h"
#include "tests/support/fake_clock.h"

namespace ebm::repository {
namespace {

using catalog::VersionState;
using catalog::VersionStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordingObserver final : public RepositoryObserver {
 public:
  void LoadEnded(const VersionStatus& version, absl::Duration took) override {
    const bool is_ready = version.state == VersionState::kReady;
    events.push_back(absl::StrCat(version.name, "/", version.version, is_ready ? " ready" : " failed", " after ",
                                  absl::FormatDuration(took)));
  }
  void Retired(const std::string& name, int64_t version) override {
    events.push_back(absl::StrCat(name, "/", version, " retired"));
  }
  void FoundProblem(const std::string& problem) override { problems.push_back(problem); }

  std::vector<std::string> events;
  std::vector<std::string> problems;
};

// Without threads: the test runs what they would.
class RepositoryTest : public testing::Test {
 protected:
  Repository& Open(Mode mode, std::vector<std::string> load_at_start = {}) {
    RepositoryOptions options = {.mode = mode, .load_threads = 0, .load_at_start = std::move(load_at_start)};
    repository_.emplace(std::move(options), RepositoryParts{&disk_, &store_, &observer_, &clock_});
    return *repository_;
  }
  Repository& Started(Mode mode) {
    Repository& repository = Open(mode);
    EXPECT_EQ(repository.Start(), absl::OkStatus());
    RunAll();
    return repository;
  }
  void RunAll() {
    while (repository_->RunNext()) {
    }
  }
  void Poll() {
    repository_->PollOnce();
    RunAll();
  }
  // The answer, once it is there.
  using LoadAnswer = std::optional<absl::StatusOr<VersionStatus>>;
  LoadAnswer& Load(const std::string& version) {
    answer_.reset();
    repository_->Load("digits", version, [this](absl::StatusOr<VersionStatus> status) {
      EXPECT_FALSE(answer_.has_value()) << "answered twice";
      answer_ = std::move(status);
    });
    return answer_;
  }
  absl::Status LoadNow(const std::string& version) {
    Load(version);
    RunAll();
    EXPECT_TRUE(answer_.has_value());
    return answer_.has_value() ? answer_->status() : absl::UnknownError("no answer");
  }
  absl::Status Unload(const std::string& version) {
    absl::Status answer = absl::UnknownError("no answer");
    repository_->Unload("digits", version, [&](absl::Status status) { answer = std::move(status); });
    return answer;
  }
  VersionStatus StatusOf(const std::string& version) {
    for (VersionStatus& status : repository_->Index()) {
      if (status.version == version) return status;
    }
    ADD_FAILURE() << "no version " << version;
    return {};
  }

  FakeDisk disk_;
  FakeStore store_;
  RecordingObserver observer_;
  batching::FakeClock clock_;
  std::optional<Repository> repository_;
  LoadAnswer answer_;
};

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
