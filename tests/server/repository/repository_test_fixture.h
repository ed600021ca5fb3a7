// A repository without threads, of a disk and a store in memory: the test runs what the threads would.

#ifndef EBM_TESTS_SERVER_REPOSITORY_REPOSITORY_TEST_FIXTURE_H_
#define EBM_TESTS_SERVER_REPOSITORY_REPOSITORY_TEST_FIXTURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/repository/repository.h"
#include "tests/server/repository/fake_disk.h"
#include "tests/server/repository/fake_store.h"
#include "tests/support/fake_clock.h"

namespace ebm::repository {

using catalog::VersionState;
using catalog::VersionStatus;

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
  void Vanished(const std::string& name) override { events.push_back(absl::StrCat(name, " vanished")); }
  void FoundProblem(const std::string& problem) override { problems.push_back(problem); }

  std::vector<std::string> events;
  std::vector<std::string> problems;
};

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

}  // namespace ebm::repository

#endif  // EBM_TESTS_SERVER_REPOSITORY_REPOSITORY_TEST_FIXTURE_H_
