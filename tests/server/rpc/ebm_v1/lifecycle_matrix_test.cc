// Every kind of call, ended in every way: whatever it held is free again, and it was counted and logged exactly once.
//
// The model's only worker runs on a thread of the test, which starts it when the call is where the test wants it.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "server/access/token_table.h"
#include "server/batching/worker.h"
#include "tests/server/rpc/ebm_v1/counting_rpc_observer.h"
#include "tests/server/rpc/ebm_v1/manual_call.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"
#include "tests/support/failing_energy.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Minutes(2);  // of a loaded machine
constexpr uint32_t kChainsOfCall = 4;
constexpr int64_t kRowsOfCall = 8;
constexpr char kToken[] = "0123456789abcdef-web";

enum class Kind { kUnary, kStream, kLongChain };
enum class Ending {
  kFinish,
  kCancel,
  kDeadline,
  kError,
  kChannelDestroyed,
  kServerDrained,
  kVersionSwapped,
  kReaderStarved
};

// The same as the served one, but for computations that throw from when *fails.
std::shared_ptr<const catalog::ServedModel> MakeModelThatFails(const std::atomic<bool>* fails) {
  auto healthy = std::make_unique<QuadraticEnergy>(4, std::vector<float>{-0.5F, 0.0F, 0.5F}, /*precision=*/2.0F);
  return *catalog::ServedModel::Create({"quadratic", "1"}, QuadraticCheckpoint(),
                                       std::make_unique<FailingEnergy>(std::move(healthy), fails), {});
}

// Runs a worker of the scheduler on a thread of its own, from construction to destruction.
class Computing {
 public:
  Computing(batching::ChainScheduler* scheduler, std::shared_ptr<const catalog::ServedModel> model)
      : model_(std::move(model)),
        worker_(scheduler, model_->NewChainEngine(), model_->NewRowEngine()),
        thread_([this] { Run(); }) {}
  ~Computing() {
    over_.Notify();
    thread_.join();
  }

 private:
  void Run() {
    while (!over_.HasBeenNotified()) {
      if (!worker_.RunOnce()) over_.WaitForNotificationWithTimeout(absl::Milliseconds(1));
    }
  }

  const std::shared_ptr<const catalog::ServedModel> model_;
  batching::Worker worker_;
  absl::Notification over_;
  std::thread thread_;
};

class LifecycleMatrixTest : public ServiceTest, public testing::WithParamInterface<std::tuple<Kind, Ending>> {
 protected:
  void SetUp() override {
    const std::string tokens = absl::StrCat("tokens { name: 'web' token: '", kToken,
                                            "' role: 'infer' max_chains: 64 max_rows: 128 max_bytes: 100000000 }");
    access_.Use(access::TokenTable::Parse("tokens", tokens).value());
    call_log_ = &log_;
    StartServer(/*workers=*/0, &counts_);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  static Kind kind() { return std::get<0>(GetParam()); }

  // The stream's frames exceed what the server and the connection hold for a reader.
  static v1::SampleRequest SampleOf(bool endless) {
    if (kind() == Kind::kStream) return Request(kChainsOfCall, endless ? kEndless : 2'000, 1);
    return Request(kChainsOfCall, endless ? kEndless : 500, 0);
  }

  void Open(bool endless, absl::Duration deadline = absl::Hours(1)) {
    const ManualCall::Options options = {.method = kind() == Kind::kUnary ? "Score" : "Sample",
                                         .token = kToken,
                                         .deadline = absl::ToChronoTime(absl::Now() + deadline)};
    if (kind() != Kind::kUnary) {
      call_.emplace(channel_, options, SampleOf(endless));
      return;
    }
    v1::ScoreRequest request;
    *request.mutable_inputs() = FloatTensor({kRowsOfCall, 4}, std::vector<float>(4 * kRowsOfCall));
    request.set_include_gradient_norm(true);
    call_.emplace(channel_, options, request);
  }

  void Compute() {
    if (!computing_) computing_.emplace(&running_->scheduler(), model_);
  }

  template <typename Condition>
  void WaitUntil(const Condition& condition) {
    const batching::SteadyTime end = clock_.Now() + kPatience;
    while (!condition(running_->scheduler().Stats()) && clock_.Now() < end) absl::SleepFor(absl::Milliseconds(1));
    ASSERT_TRUE(condition(running_->scheduler().Stats()));
  }

  // The call is in the server: rows in the queue, chains in slots, of a stream with frames under way.
  void Begin() {
    Open(/*endless=*/true);
    WaitUntil([](const auto& stats) { return stats.queued_requests == 1; });
    if (kind() == Kind::kUnary) return;
    Compute();
    if (kind() == Kind::kStream) {
      ASSERT_TRUE(call_->Read());
    }
    WaitUntil([](const auto& stats) { return stats.running_chains + stats.parked_chains == kChainsOfCall; });
  }

  grpc::StatusCode End(Ending ending) {
    switch (ending) {
      case Ending::kFinish:
        return Complete();
      case Ending::kCancel:
        Begin();
        call_->Cancel();
        Compute();
        return call_->Finish();
      case Ending::kDeadline:
        return RunIntoDeadline();
      case Ending::kError:
        Begin();
        fails_ = true;
        Compute();
        return call_->Finish();
      case Ending::kChannelDestroyed:
        Begin();
        call_.reset();
        channel_.reset();
        Compute();
        return grpc::StatusCode::CANCELLED;
      case Ending::kServerDrained:
        return Drain();
      case Ending::kVersionSwapped:
        return SwapVersion();
      case Ending::kReaderStarved:
        return Starve();
    }
    return grpc::StatusCode::UNKNOWN;
  }

  grpc::StatusCode Complete() {
    Open(/*endless=*/false);
    Compute();
    return call_->Finish();
  }

  // A slow machine may see a short deadline pass before the call reaches the server; then a later one is tried.
  grpc::StatusCode RunIntoDeadline() {
    if (kind() != Kind::kUnary) Compute();
    grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
    for (absl::Duration deadline = absl::Milliseconds(50); !HasStarted() && deadline < kPatience; deadline *= 2) {
      Open(/*endless=*/true, deadline);
      code = call_->Finish();
    }
    Compute();
    return code;
  }

  bool HasStarted() const {
    return counts_["started server_stream ebm.v1.InferenceService/Sample"] +
               counts_["started unary ebm.v1.InferenceService/Score"] >
           0;
  }

  // The rows of a unary call may be answered before the drain ends it.
  grpc::StatusCode Drain() {
    Begin();
    std::thread drain([this] { server_->Drain(absl::ZeroDuration()); });
    Compute();
    const grpc::StatusCode code = call_->Finish();
    drain.join();
    if (kind() != Kind::kUnary) return code;
    EXPECT_THAT(code, AnyOf(grpc::StatusCode::OK, grpc::StatusCode::UNAVAILABLE));
    return grpc::StatusCode::UNAVAILABLE;
  }

  // The call finishes on the version that it began with, which is destroyed afterwards.
  grpc::StatusCode SwapVersion() {
    Open(/*endless=*/false);
    WaitUntil([](const auto& stats) { return stats.queued_requests == 1; });
    auto next = std::make_shared<catalog::RunningModel>(MakeTestModel(QuadraticCheckpoint(), "2"), &*pool_, Shared());
    EXPECT_EQ(catalog_.Add(std::move(next)), absl::OkStatus());
    EXPECT_EQ(catalog_.Remove("quadratic", "1"), absl::OkStatus());
    EXPECT_EQ(catalog_.Find("quadratic", "").value()->info().version, "2");
    EXPECT_EQ(catalog_.DestroyRetired(), 1U) << "its call is running";
    Compute();
    return call_->Finish();
  }

  // Nothing is read until all that can be computed for the reader has been.
  grpc::StatusCode Starve() {
    Open(/*endless=*/false);
    WaitUntil([](const auto& stats) { return stats.queued_requests == 1; });
    Compute();
    if (kind() == Kind::kStream) {
      WaitUntil([](const auto& stats) { return stats.parked_chains == kChainsOfCall; });
    } else {
      EXPECT_TRUE(running_->scheduler().WaitUntilIdle(clock_.Now() + kPatience));
    }
    return call_->Finish();
  }

  static grpc::StatusCode Expected(Ending ending) {
    switch (ending) {
      case Ending::kCancel:
      case Ending::kChannelDestroyed:
        return grpc::StatusCode::CANCELLED;
      case Ending::kDeadline:
        return grpc::StatusCode::DEADLINE_EXCEEDED;
      case Ending::kError:
        return grpc::StatusCode::INTERNAL;
      case Ending::kServerDrained:
        return grpc::StatusCode::UNAVAILABLE;
      default:
        return grpc::StatusCode::OK;
    }
  }

  // Whether as much as may ever be held can be taken, so nothing is held.
  void ExpectNothingIsHeld() {
    EXPECT_EQ(memory_.held(), 0U);
    const batching::QueueLimits all;
    EXPECT_EQ(room_.EnterChains(all.max_queued_chains), absl::OkStatus());
    EXPECT_EQ(room_.EnterRows(all.max_queued_rows), absl::OkStatus());
    const access::AccountPtr account = access_.table()->Find(kToken)->account;
    EXPECT_EQ(account->TryUse(account->most()).status(), absl::OkStatus());
    batching::SchedulerStats stats = running_->scheduler().Stats();
    stats.row_tiles = 0;
    EXPECT_EQ(stats, batching::SchedulerStats{});
  }

  CountingRpcObserver counts_;
  KeptCalls log_;
  std::atomic<bool> fails_ = false;
  const std::shared_ptr<const catalog::ServedModel> model_ = MakeModelThatFails(&fails_);
  std::shared_ptr<grpc::Channel> channel_;
  std::optional<ManualCall> call_;
  std::optional<Computing> computing_;
};

TEST_P(LifecycleMatrixTest, EveryEndFreesWhatTheCallHeldAndCountsItOnce) {
  const Ending ending = std::get<1>(GetParam());
  EXPECT_EQ(End(ending), Expected(ending));
  EXPECT_TRUE(open_calls_.WaitUntilNone(clock_.Now() + kPatience, clock_)) << "without the help of a drain";
  call_.reset();
  server_.reset();  // waits until every call is counted completely
  computing_.reset();

  ExpectNothingIsHeld();
  EXPECT_THAT(counts_.Open(), Each(Pair(::testing::_, 0)));
  EXPECT_TRUE(HasStarted());
  int started = 0;
  for (const auto& [event, count] : counts_.counts()) started += event.starts_with("started ") ? count : 0;
  EXPECT_THAT(log_.calls(), SizeIs(started));
  running_.reset();
  EXPECT_EQ(catalog_.DestroyRetired(), 0U);
}

std::string NameOfCell(const testing::TestParamInfo<std::tuple<Kind, Ending>>& cell) {
  constexpr const char* kKinds[] = {"Unary", "Stream", "LongChain"};
  constexpr const char* kEndings[] = {"Finish",           "Cancel",  "Deadline",       "Error",
                                      "ChannelDestroyed", "Drained", "VersionSwapped", "ReaderStarved"};
  return absl::StrCat(kKinds[static_cast<int>(std::get<0>(cell.param))], "_",
                      kEndings[static_cast<int>(std::get<1>(cell.param))]);
}

INSTANTIATE_TEST_SUITE_P(Matrix, LifecycleMatrixTest,
                         testing::Combine(testing::Values(Kind::kUnary, Kind::kStream, Kind::kLongChain),
                                          testing::Values(Ending::kFinish, Ending::kCancel, Ending::kDeadline,
                                                          Ending::kError, Ending::kChannelDestroyed,
                                                          Ending::kServerDrained, Ending::kVersionSwapped,
                                                          Ending::kReaderStarved)),
                         NameOfCell);

}  // namespace
}  // namespace ebm::rpc::ebm_v1
