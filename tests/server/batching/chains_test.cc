// Chains in slots: which chains share a tile, how long chains wait for a slot, and which frames are offered.

#include <algorithm>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using ChainsTest = BatchingTest;
using Name = FakeChainEngine::Name;

SampleTask WithoutStates(SampleTask task) {
  task.states = {};
  return task;
}

TEST_F(ChainsTest, ChainsOfDifferentRequestsShareATile) {
  AddWorker(4);
  Submit(MakeSampleTask(1, 2, 3), NewSink());
  Submit(MakeSampleTask(2, 2, 3), NewSink());
  Crank(1);
  EXPECT_THAT(chain_engines_[0]->last_tile(), UnorderedElementsAre(Name(1, 0), Name(1, 1), Name(2, 0), Name(2, 1)));
}

TEST_F(ChainsTest, ChainsJoinAndLeaveAtEveryStep) {
  AddWorker(2);
  const auto& tile = chain_engines_[0]->last_tile();
  Submit(MakeSampleTask(1, 1, 3), NewSink());
  Crank(1);
  EXPECT_THAT(tile, UnorderedElementsAre(Name(1, 0)));
  Submit(MakeSampleTask(2, 1, 1), NewSink());
  Crank(1);
  EXPECT_THAT(tile, UnorderedElementsAre(Name(1, 0), Name(2, 0)));
  Submit(MakeSampleTask(3, 1, 2), NewSink());
  Crank(1);
  EXPECT_THAT(tile, UnorderedElementsAre(Name(1, 0), Name(3, 0)));
  Crank(1);
  EXPECT_THAT(tile, UnorderedElementsAre(Name(3, 0)));
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(ChainsTest, ARequestLargerThanTheTilesSpreadsOverTimeAndWorkers) {
  AddWorker(3);
  AddWorker(3);
  const SampleTask task = MakeSampleTask(1, 14, 5);
  const auto sink = NewSink();
  Submit(task, sink);
  Crank(1);
  EXPECT_EQ(scheduler_.Stats().running_chains, 6);
  EXPECT_EQ(scheduler_.Stats().ready_chains, 8);
  EXPECT_EQ(CrankUntilIdle() + 1, 15);  // 6, 6, and 2 chains for 5 steps each
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(ChainsTest, ASmallRequestTakesItsShareOfTheNextFreeSlots) {
  AddWorker(4);
  Submit(MakeSampleTask(1, 1000, 4), NewSink());
  Crank(2);
  const auto small = NewSink();
  Submit(MakeSampleTask(2, 2, 4), small);
  Crank(2 + 4);  // the huge request's chains leave after 2 more steps
  EXPECT_TRUE(small->finished());
}

TEST_F(ChainsTest, AHugeLongRequestDoesNotStarveASmallOne) {
  AddWorker(4);
  const SampleTask huge = MakeSampleTask(1, 40, 5000, 100);
  const auto huge_sink = NewSink();
  Submit(huge, huge_sink);
  Crank(10);
  const auto small = NewSink();
  Submit(MakeSampleTask(2, 2, 20), small);
  Crank(kTurnSteps + 20);
  EXPECT_TRUE(small->finished());
  CrankUntilIdle(100 * 1000);
  EXPECT_EQ(CheckedSteps(huge, *huge_sink), AllSteps(huge));
}

TEST_F(ChainsTest, ChainsAreSpreadEvenlyOverWorkers) {
  AddWorker(8);
  AddWorker(8);
  Submit(MakeSampleTask(1, 5, 100), NewSink());
  Crank(1);
  EXPECT_THAT(chain_engines_[0]->last_tile(), SizeIs(3));
  EXPECT_THAT(chain_engines_[1]->last_tile(), SizeIs(2));
  Submit(MakeSampleTask(2, 1, 100), NewSink());
  Crank(1);
  EXPECT_THAT(chain_engines_[0]->last_tile(), SizeIs(3));
  EXPECT_THAT(chain_engines_[1]->last_tile(), SizeIs(3));
}

// While all three requests have more chains than there are slots, they get slots in the ratio 1 : 4 : 16.
TEST_F(ChainsTest, PrioritiesShareSlotsByTheirWeights) {
  AddWorker(21);
  for (const auto& [seed, priority] : {std::pair{1, Priority::kLow}, {2, Priority::kNormal}, {3, Priority::kHigh}}) {
    SampleTask task = MakeSampleTask(seed, 1000, 1);
    task.priority = priority;
    Submit(task, NewSink());
  }
  std::map<uint64_t, int> slots;
  for (int round = 0; round < 20; ++round) {
    Crank(1);
    for (const auto& [seed, chain] : chain_engines_[0]->last_tile()) ++slots[seed];
  }
  EXPECT_NEAR(slots[1], 20, 2);
  EXPECT_NEAR(slots[2], 80, 2);
  EXPECT_NEAR(slots[3], 320, 2);
}

TEST_F(ChainsTest, ALowPriorityDoesNotStarve) {
  AddWorker(1);
  SampleTask high = MakeSampleTask(1, 1000, 1000);
  high.priority = Priority::kHigh;
  Submit(high, NewSink());
  Crank(10);
  SampleTask low = MakeSampleTask(2, 1, 3);
  low.priority = Priority::kLow;
  const auto sink = NewSink();
  Submit(low, sink);
  Crank(17 * kTurnSteps + 3);
  EXPECT_TRUE(sink->finished());
}

TEST_F(ChainsTest, ChainsThatTakeTurnsKeepTheirBits) {
  AddWorker(2);
  std::vector<std::pair<SampleTask, std::shared_ptr<FakeSink>>> requests;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    requests.emplace_back(MakeSampleTask(seed, 1, 7 * kTurnSteps, 50), NewSink());
    Submit(requests.back().first, requests.back().second);
  }
  CrankUntilIdle(10 * 1000);
  for (const auto& [task, sink] : requests) {
    EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
    EXPECT_EQ(sink->summary().chain_steps, task.steps);
  }
}

TEST_F(ChainsTest, ALoneRequestKeepsItsSlotsBeyondItsTurn) {
  AddWorker(2);
  Submit(MakeSampleTask(1, 4, 3 * kTurnSteps), NewSink());
  Crank(2 * kTurnSteps);
  EXPECT_THAT(chain_engines_[0]->last_tile(), UnorderedElementsAre(Name(1, 0), Name(1, 1)));
  EXPECT_EQ(chain_engines_[0]->admissions(), 2);
}

TEST_F(ChainsTest, FramesComeAtTheIntervalAndAtTheEndExactlyOnce) {
  AddWorker(4);
  const SampleTask uneven = MakeSampleTask(1, 1, 7, 3);
  const SampleTask even = MakeSampleTask(2, 1, 6, 3);
  const SampleTask only_final = MakeSampleTask(3, 1, 5);
  const auto uneven_sink = NewSink();
  const auto even_sink = NewSink();
  const auto only_final_sink = NewSink();
  Submit(uneven, uneven_sink);
  Submit(even, even_sink);
  Submit(only_final, only_final_sink);
  CrankUntilIdle();
  EXPECT_THAT(CheckedSteps(uneven, *uneven_sink)[0], ElementsAre(3, 6, 7));
  EXPECT_THAT(CheckedSteps(even, *even_sink)[0], ElementsAre(3, 6));
  EXPECT_THAT(CheckedSteps(only_final, *only_final_sink)[0], ElementsAre(5));
}

TEST_F(ChainsTest, ChainsOfOneTileAndStepShareAFrame) {
  AddWorker(4);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 3, 2, 1), sink);
  CrankUntilIdle();
  ASSERT_THAT(sink->frames(), SizeIs(2));
  EXPECT_THAT(sink->frames()[0].chains, ElementsAre(0, 1, 2));
}

TEST_F(ChainsTest, HeldCoordinatesReachTheEngine) {
  AddWorker(4);
  SampleTask task = MakeSampleTask(1, 2, 5);
  task.free_coordinates = {1, 0, 1};
  const auto sink = NewSink();
  Submit(task, sink);
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
  EXPECT_EQ(sink->frames()[0].states[1], task.states[1]);
}

// Other chains and rows do not wait until all of them have been drawn.
TEST_F(ChainsTest, AdmissionsThatTakeLongAreSpreadOverRounds) {
  AddWorker(8);
  chain_engines_[0]->during_admit = [this] { clock_.Advance(absl::Microseconds(700)); };
  const SampleTask task = MakeSampleTask(1, 8, 20);
  const auto sink = NewSink();
  Submit(task, sink);
  Crank(1);
  EXPECT_EQ(scheduler_.Stats().running_chains, 2);
  Crank(1);
  EXPECT_EQ(scheduler_.Stats().running_chains, 4);
  Crank(2);
  EXPECT_EQ(scheduler_.Stats().running_chains, 8);
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

// More chains than slots, and more steps than a turn has: chains leave their slots and come back.
TEST_F(ChainsTest, TheEngineDrawsWhereChainsStartAndTheyContinueFromTheirStates) {
  AddWorker(2);
  AddWorker(1);
  const SampleTask a = MakeSampleTask(1, 4, 3 * kTurnSteps, 10);
  const SampleTask b = MakeSampleTask(2, 4, 3 * kTurnSteps, 10);
  const auto sink_of_a = NewSink(1);
  const auto sink_of_b = NewSink();
  const JobId slow = Submit(WithoutStates(a), sink_of_a);
  Submit(WithoutStates(b), sink_of_b);
  for (int round = 0; round < 1000 && !scheduler_.Idle(); ++round) {
    Crank(1);
    if (round % 3 != 0) continue;
    sink_of_a->SetRoom(1);
    scheduler_.Resume(slow);
  }
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(CheckedSteps(a, *sink_of_a), AllSteps(a));
  EXPECT_EQ(CheckedSteps(b, *sink_of_b), AllSteps(b));
  EXPECT_GT(chain_engines_[0]->admissions() + chain_engines_[1]->admissions(), 8);
}

TEST_F(ChainsTest, OnlyTheDivergedChainEndsAndItsStepIsReported) {
  AddWorker(4, 4, {{Name(7, 2), 3}, {Name(7, 0), 5}});
  const SampleTask task = MakeSampleTask(7, 4, 5, 1);
  const auto sink = NewSink();
  Submit(task, sink);
  CrankUntilIdle();
  auto expected = AllSteps(task);
  expected[2] = {1, 2};
  expected[0] = {1, 2, 3, 4};
  EXPECT_EQ(CheckedSteps(task, *sink), expected);
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
  EXPECT_EQ(sink->summary().chains_finished, 2U);
  EXPECT_THAT(sink->summary().diverged, ElementsAre(DivergedChain{0, 5}, DivergedChain{2, 3}));
  EXPECT_EQ(sink->summary().chain_steps, 5U + 5U + 3U + 5U);
  EXPECT_EQ(observer_.diverged, 2);
}

TEST_F(ChainsTest, ARequestWhoseChainsAllDivergeEndsToo) {
  AddWorker(4, 4, {{Name(7, 0), 1}});
  const auto sink = NewSink();
  Submit(MakeSampleTask(7, 1, 5), sink);
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().chains_finished, 0U);
  EXPECT_THAT(sink->frames(), SizeIs(0));
}

TEST_F(ChainsTest, TheSummaryCountsStepsAndTheWaitForTheFirstSlot) {
  AddWorker(1);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 2, 3), sink);
  clock_.Advance(absl::Milliseconds(5));
  Crank(1);
  clock_.Advance(absl::Milliseconds(2));
  CrankUntilIdle();
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
  EXPECT_EQ(sink->summary().chains_finished, 2U);
  EXPECT_EQ(sink->summary().chain_steps, 6U);
  EXPECT_EQ(sink->summary().queue_wait, absl::Milliseconds(5));
}

// The chains change slots at the end of their turns and when their frames are parked.
TEST_F(ChainsTest, AcceptedStepsAreCountedAcrossSlots) {
  AddWorker(2);
  AddWorker(1);
  SampleTask task = MakeSampleTask(1, 7, 301, 10);
  ChangeSettings(task).adjusted = true;
  const auto sink = NewSink(3);
  const JobId id = Submit(task, sink);
  const auto other = NewSink();
  Submit(MakeSampleTask(2, 5, 200, 0), other);
  for (int round = 0; !scheduler_.Idle() && round < 10000; ++round) {
    Crank(1);
    if (round % 3 == 0) {
      sink->SetRoom(1);
      scheduler_.Resume(id);
    }
  }
  ASSERT_TRUE(sink->finished() && other->finished());
  EXPECT_EQ(sink->summary().accepted_steps, 7U * 150U);  // every second one (fake_chain_engine.h)
  EXPECT_EQ(other->summary().accepted_steps, 0U);
}

// The states, the frames and the counts are those of the last 7 of 12 steps.
TEST_F(ChainsTest, ContinuedChainsDoTheirRemainingStepsOnly) {
  AddWorker(2);
  const SampleTask whole = MakeSampleTask(1, 3, 12, 4);
  SampleTask rest = whole;
  rest.first_step = 5;
  for (uint32_t chain = 0; chain < whole.chains; ++chain) {
    std::ranges::copy(FakeChainAfter(whole, chain, 5), rest.states.begin() + chain * kDimension);
  }
  const auto sink = NewSink();
  Submit(rest, sink);
  CrankUntilIdle();
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(CheckedSteps(whole, *sink), AllSteps(rest));
  EXPECT_EQ(sink->summary().chain_steps, 3U * 7U);
}

TEST_F(ChainsTest, TheObserverGetsStepsQueueWaitsAndFirstFrames) {
  AddWorker(2);
  Submit(MakeSampleTask(1, 3, 4, 2), NewSink());
  clock_.Advance(absl::Milliseconds(5));
  Crank(1);
  clock_.Advance(absl::Milliseconds(2));
  CrankUntilIdle();
  EXPECT_EQ(observer_.steps, 8);
  EXPECT_EQ(observer_.chain_steps, 12);
  EXPECT_EQ(observer_.queue_waits, 1);
  EXPECT_EQ(observer_.last_queue_wait_nanos, 5'000'000);
  EXPECT_EQ(observer_.first_frames, 1);
  EXPECT_EQ(observer_.last_first_frame_nanos, 7'000'000);
}

TEST_F(ChainsTest, ARoundWithNothingToDoReturnsFalse) {
  AddWorker(1);
  EXPECT_FALSE(workers_[0]->RunOnce());
  Submit(MakeSampleTask(1, 1, 1), NewSink());
  EXPECT_TRUE(workers_[0]->RunOnce());
  EXPECT_FALSE(workers_[0]->RunOnce());
}

TEST_F(ChainsTest, ChainsAreCountedAsFinishedWhenTheirLastStatesAreTaken) {
  AddWorker(4);
  const SampleTask task = MakeSampleTask(1, 3, 4, 2);
  const auto sink = NewSink(/*room=*/1);
  const JobId id = Submit(task, sink);
  Crank(10);
  EXPECT_EQ(observer_.finished, 0) << "the sink has no room for the last frame";
  sink->SetRoom(FakeSink::kEndless);
  scheduler_.Resume(id);
  CrankUntilIdle();
  EXPECT_EQ(observer_.finished, 3);
}

}  // namespace
}  // namespace ebm::batching
