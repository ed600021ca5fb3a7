#include "model/offline/parallel/gloo_group.h"

#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

// A port that was free a moment ago.
uint16_t FreePort() {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  return c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options)->getPort();
}

// Runs both ranks on threads of this process, over loopback.
void RunPair(const std::function<void(ProcessGroup&)>& run) {
  const uint16_t port = FreePort();
  const auto run_rank = [&](int rank) {
    const auto group = JoinGlooGroup({.rank = rank, .size = 2, .host = "127.0.0.1", .port = port}, absl::Minutes(1));
    ASSERT_TRUE(group.ok()) << group.status();
    run(**group);
  };
  std::thread other(run_rank, 1);
  run_rank(0);
  other.join();
}

TEST(GlooGroupTest, ExchangesNumbers) {
  RunPair([](ProcessGroup& group) {
    EXPECT_EQ(group.size(), 2);
    const auto rank = static_cast<float>(group.rank());
    std::vector<float> sum = {1 + rank, 10 * rank};
    ASSERT_EQ(group.Sum(sum), absl::OkStatus());
    EXPECT_THAT(sum, ElementsAre(3, 10));
    std::vector<uint8_t> bytes = {static_cast<uint8_t>(7 + group.rank())};
    ASSERT_EQ(group.Broadcast(bytes), absl::OkStatus());
    EXPECT_THAT(bytes, ElementsAre(7));
    const std::vector<float> own = {rank, -rank};
    const auto all = group.Gather(own);
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_THAT(*all, ElementsAre(0, 0, 1, -1));
  });
}

TEST(GlooGroupTest, ALostRankIsAnErrorAtOnce) {
  RunPair([](ProcessGroup& group) {
    if (group.rank() == 1) return;  // it leaves
    std::vector<float> values(1);
    EXPECT_EQ(group.Sum(values).code(), absl::StatusCode::kUnavailable);
  });
}

TEST(GlooGroupTest, ARankThatNobodyJoinsGivesUp) {
  const auto group = JoinGlooGroup({.rank = 1, .size = 2, .host = "127.0.0.1", .port = FreePort()}, absl::Seconds(1));
  EXPECT_EQ(group.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace ebm
