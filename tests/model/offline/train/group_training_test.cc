// Several ranks train the model of one process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/offline/train/run_identity.h"
#include "model/offline/train/shared_state.h"
#include "model/offline/train/trainer.h"
#include "tests/model/offline/parallel/thread_group.h"
#include "tests/model/offline/train/tiny_problem.h"

namespace ebm {
namespace {

using testing::ThreadGroups;
using testing::TinyRecipe;
using testing::TinySpec;

constexpr uint64_t kSeed = 3;
constexpr int kEpochs = 3;

class RollbackCounter final : public EpochObserver {
 public:
  void RolledBack(int64_t /*epoch*/, double /*new_learning_rate*/, const std::string& /*why*/) override { ++rollbacks; }

  int rollbacks = 0;
};

class GroupTrainingTest : public ::testing::Test {
 protected:
  GroupTrainingTest() { data_.train = testing::TinyRows(150, 1); }

  static Recipe RecipeOf(int64_t batch_size) {
    Recipe recipe = TinyRecipe();
    recipe.batch_size = batch_size;
    return recipe;
  }
  std::unique_ptr<Trainer> NewTrainer(const Recipe& recipe, const TrainingForce& force) {
    return *Trainer::Create({TinySpec(), recipe, &data_}, InitialState(TinySpec(), recipe, kSeed), force);
  }
  static TrainingState Train(Trainer& trainer) {
    QuietObserver observer([] { return false; });
    for (int epoch = 0; epoch < kEpochs; ++epoch) EXPECT_TRUE(trainer.RunEpoch(observer).ok());
    return trainer.state();
  }
  // By rank.
  std::vector<TrainingState> TrainTogether(int ranks, const Recipe& recipe) {
    std::vector<TrainingState> states(ranks);
    ThreadGroups(ranks).Run(
        [&](ProcessGroup& group) { states[group.rank()] = Train(*NewTrainer(recipe, {.group = &group})); });
    return states;
  }

  TrainingData data_ = testing::TinyData();
};

// With a slice of rows per rank, the sums of two ranks are those of one process, bit for bit.
TEST_F(GroupTrainingTest, TwoRanksGiveTheBitsOfOneProcess) {
  const Recipe recipe = RecipeOf(2 * Trainer::kRowsPerBatchSlice);
  const TrainingState alone = Train(*NewTrainer(recipe, {.replay_shards = 2}));
  for (const TrainingState& state : TrainTogether(2, recipe)) {
    EXPECT_EQ(state.parameters, alone.parameters);
    EXPECT_EQ(state.average, alone.average);
    EXPECT_EQ(state.buffer.states.values(), alone.buffer.states.values());
    EXPECT_EQ(state.best_epoch, alone.best_epoch);
    EXPECT_EQ(state.best_loss, alone.best_loss);
  }
}

TEST_F(GroupTrainingTest, TheNumberOfPartsOfTheBufferMatters) {
  const Recipe recipe = RecipeOf(2 * Trainer::kRowsPerBatchSlice);
  EXPECT_NE(Train(*NewTrainer(recipe, {.replay_shards = 2})).parameters, Train(*NewTrainer(recipe, {})).parameters);
}

TEST_F(GroupTrainingTest, EveryPartOfTheBufferNeedsASlot) {
  const TrainingState state = InitialState(TinySpec(), TinyRecipe(), kSeed);
  const auto slots = static_cast<int>(state.buffer.states.rows());
  EXPECT_TRUE(Trainer::Create({TinySpec(), TinyRecipe(), &data_}, state, {.replay_shards = slots}).ok());
  const auto refused = Trainer::Create({TinySpec(), TinyRecipe(), &data_}, state, {.replay_shards = slots + 1});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
}

// Batches of 100 and 50 rows, in slices of 16, are 7 and 4 slices: shares differ, and some ranks may have none.
TEST_F(GroupTrainingTest, AllRanksHoldTheSameWeightsWhateverTheirShares) {
  for (const int ranks : {2, 3, 5}) {
    const std::vector<TrainingState> states = TrainTogether(ranks, RecipeOf(100));
    for (const TrainingState& state : states) {
      EXPECT_EQ(state.parameters, states[0].parameters) << ranks << " ranks";
      EXPECT_EQ(state.buffer.states.values(), states[0].buffer.states.values()) << ranks << " ranks";
    }
  }
}

TEST_F(GroupTrainingTest, AStopOfOneRankStopsAllAtTheSameBatch) {
  const Recipe recipe = RecipeOf(32);
  std::vector<absl::StatusCode> codes(2);
  ThreadGroups(2).Run([&](ProcessGroup& group) {
    int asked = 0;
    QuietObserver observer([&] { return group.rank() == 1 && ++asked == 2; });
    const auto trainer = NewTrainer(recipe, {.group = &group});
    codes[group.rank()] = trainer->RunEpoch(observer).status().code();
    EXPECT_EQ(trainer->state().batches_done, 0);
  });
  EXPECT_THAT(codes, ::testing::Each(absl::StatusCode::kCancelled));
}

TEST_F(GroupTrainingTest, DivergenceIsDecidedTogether) {
  Recipe recipe = RecipeOf(32);
  recipe.divergence_gap = 1e-9;
  recipe.max_rollbacks = 2;
  ThreadGroups(2).Run([&](ProcessGroup& group) {
    RollbackCounter observer;
    const auto trainer = NewTrainer(recipe, {.group = &group});
    EXPECT_EQ(trainer->RunEpoch(observer).status().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(observer.rollbacks, 2);
  });
}

TEST_F(GroupTrainingTest, EveryRankBeginsWithTheStateOfRankZero) {
  const Recipe recipe = RecipeOf(32);
  TrainingState begun = Train(*NewTrainer(recipe, {}));
  ThreadGroups(2).Run([&](ProcessGroup& group) {
    TrainingState state = group.rank() == 0 ? begun : InitialState(TinySpec(), recipe, kSeed);
    ASSERT_EQ(ShareState(group, state), absl::OkStatus());
    EXPECT_EQ(state.parameters, begun.parameters);
    EXPECT_EQ(state.average, begun.average);
    EXPECT_EQ(state.best, begun.best);
    EXPECT_EQ(state.buffer.states.values(), begun.buffer.states.values());
    EXPECT_EQ(state.optimiser[0].infinity_norm, begun.optimiser[0].infinity_norm);
    EXPECT_EQ(state.epochs_done, kEpochs);
    EXPECT_EQ(state.best_loss, begun.best_loss);
  });
}

TEST_F(GroupTrainingTest, ARankWithOtherSettingsIsToldWhich) {
  ThreadGroups(2).Run([&](ProcessGroup& group) {
    const RunIdentity identity = {.data_sha256 = "00", .settings = {{"seed", group.rank() == 0 ? "1" : "27"}}};
    const absl::Status same = CheckSameRun(group, identity);
    EXPECT_EQ(same.message(), group.rank() == 0 ? "" : "this process has seed=27, and rank 0 has seed=1");
  });
}

}  // namespace
}  // namespace ebm
