#include "model/offline/train/training_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "model/offline/train/trainer.h"
#include "tests/model/offline/train/tiny_problem.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;
using testing::TinyData;
using testing::TinyRecipe;
using testing::TinySpec;

class TrainingStateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Trainer> TrainerFrom(TrainingState state) {
    return *Trainer::Create({TinySpec(), TinyRecipe(), &data_}, std::move(state), 1);
  }
  TrainingState Initial() const { return InitialState(TinySpec(), TinyRecipe(), 7); }
  void RunEpochs(Trainer& trainer, int epochs) {
    for (int i = 0; i < epochs; ++i) ASSERT_TRUE(trainer.RunEpoch(observer_).ok());
  }

  const TrainingData data_ = TinyData();
  const RunIdentity identity_{.data_sha256 = "0123", .settings = TinyRecipe().Describe()};
  const std::string path_ = ::testing::TempDir() + "/training_state_test.safetensors";
  EpochObserver observer_;
};

TEST_F(TrainingStateTest, ResumedRunGoesOnBitForBit) {
  const auto straight = TrainerFrom(Initial());
  RunEpochs(*straight, 5);

  const auto first = TrainerFrom(Initial());
  RunEpochs(*first, 2);
  ASSERT_TRUE(SaveState(first->state(), identity_, path_).ok());
  const absl::StatusOr<TrainingState> loaded = LoadState(path_, identity_, Initial());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto resumed = TrainerFrom(*loaded);
  RunEpochs(*resumed, 3);

  const TrainingState& a = straight->state();
  const TrainingState& b = resumed->state();
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.average, b.average);
  EXPECT_EQ(a.best, b.best);
  EXPECT_EQ(a.optimiser, b.optimiser);
  EXPECT_EQ(a.buffer.states.values(), b.buffer.states.values());
  EXPECT_EQ(a.best_loss, b.best_loss);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.batches_done, b.batches_done);
}

TEST_F(TrainingStateTest, RefusesTheStateOfAnotherRunNamingWhatDiffers) {
  ASSERT_TRUE(SaveState(Initial(), identity_, path_).ok());
  RunIdentity other = identity_;
  other.settings["learning_rate"] = "0.5";
  const absl::Status status = LoadState(path_, other, Initial()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("learning_rate = 0.01; this one has 0.5"));

  other = identity_;
  other.settings["chain_metropolis"] = "true";
  EXPECT_THAT(std::string(LoadState(path_, other, Initial()).status().message()),
              HasSubstr("chain_metropolis = (unset); this one has true"));
  ASSERT_TRUE(SaveState(Initial(), other, path_).ok());
  EXPECT_THAT(std::string(LoadState(path_, identity_, Initial()).status().message()),
              HasSubstr("chain_metropolis = true; this one has (unset)"));
}

TEST_F(TrainingStateTest, RefusesAStateOfOtherShapes) {
  ASSERT_TRUE(SaveState(Initial(), identity_, path_).ok());
  TrainingState wider = Initial();
  wider.parameters[0].shape = {9, 4};
  EXPECT_EQ(LoadState(path_, identity_, wider).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TrainingStateTest, RefusesAFileThatIsNoState) {
  std::ofstream(path_) << "not a state";
  const absl::Status status = LoadState(path_, identity_, Initial()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadState(path_ + ".missing", identity_, Initial()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace ebm
