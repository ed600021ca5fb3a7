// The repository's own threads, for the thread sanitizer.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/batching/clock.h"
#include "server/repository/repository.h"
#include "tests/server/repository/fake_disk.h"
#include "tests/server/repository/fake_store.h"

namespace ebm::repository {
namespace {

class RepositoryThreadsTest : public testing::Test {
 protected:
  RepositoryParts Parts() { return {&disk_, &store_, &observer_, &clock_}; }

  FakeDisk disk_;
  FakeStore store_;
  RepositoryObserver observer_;
  const batching::SteadyClock clock_{};
};

TEST_F(RepositoryThreadsTest, LoadsOnItsOwnThreads) {
  for (int model = 0; model < 8; ++model) disk_.Put(absl::StrCat("model", model), 1);
  Repository repository({.mode = Mode::kNone, .load_threads = 3}, Parts());
  ASSERT_EQ(repository.Start(), absl::OkStatus());
  EXPECT_EQ(repository.WaitUntilLoaded(), absl::OkStatus());
  for (int model = 0; model < 8; ++model) EXPECT_EQ(store_.Loaded(absl::StrCat("model", model)), Versions({1}));
}

TEST_F(RepositoryThreadsTest, PollsInTheBackground) {
  disk_.Put("digits", 1);
  std::atomic<bool> has_second = false;
  store_.during_load = [&](const LoadOrder& order) { has_second = has_second || order.version.number == 2; };
  Repository repository({.mode = Mode::kPoll, .poll_interval = absl::Milliseconds(1)}, Parts());
  ASSERT_EQ(repository.Start(), absl::OkStatus());
  disk_.Put("digits", 2);
  while (!has_second || store_.Loaded("digits") != Versions({2})) std::this_thread::yield();
}

TEST_F(RepositoryThreadsTest, RequestsFromManyThreadsAreEachAnsweredOnce) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  for (const int64_t version : {1, 2}) disk_.Put("digits", version);
  std::atomic<int> answers = 0;
  {
    Repository repository({.mode = Mode::kExplicit, .poll_interval = absl::Milliseconds(1), .load_threads = 2},
                          Parts());
    ASSERT_EQ(repository.Start(), absl::OkStatus());
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, version = absl::StrCat(1 + i % 2)] {
        for (int round = 0; round < kRounds; ++round) {
          repository.Load("digits", version, [&](const auto&) { ++answers; });
          repository.Unload("digits", version, [&](const auto&) { ++answers; });
          repository.Index();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(answers, 2 * kThreads * kRounds);
}

TEST_F(RepositoryThreadsTest, AStopDuringALoadAnswersAtOnce) {
  disk_.Put("digits", 1);
  std::atomic<bool> began = false;
  std::atomic<bool> may_end = false;
  store_.during_load = [&](const LoadOrder&) {
    began = true;
    while (!may_end) std::this_thread::yield();
  };
  Repository repository({.mode = Mode::kExplicit}, Parts());
  ASSERT_EQ(repository.Start(), absl::OkStatus());
  std::atomic<int> answers = 0;
  repository.Load("digits", "1", [&](const auto&) { ++answers; });
  while (!began) std::this_thread::yield();
  repository.Stop();
  EXPECT_EQ(answers, 1) << "although the load still runs";
  may_end = true;
}

}  // namespace
}  // namespace ebm::repository
