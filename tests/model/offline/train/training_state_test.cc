#include "model/offline/train/training_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "absl/strings/str_replace.h"
#include "model/checkpoint/safetensors.h"
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
    return *Trainer::Create({TinySpec(), TinyRecipe(), &data_}, std::move(state), {.threads = 1});
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

// The counters and one tensor of a state's file, changed.
class DamagedStateTest : public TrainingStateTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(SaveState(Initial(), identity_, path_).ok());
    file_ = *ReadSafetensors(path_);
  }

  std::string Refusal() const {
    EXPECT_TRUE(WriteSafetensors(file_, path_).ok());
    const absl::Status status = LoadState(path_, identity_, Initial()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  std::string RefusalWith(const std::string& before, const std::string& after) {
    const std::string counters = file_.metadata["counters"];
    EXPECT_NE(counters.find(before), std::string::npos) << counters;
    file_.metadata["counters"] = absl::StrReplaceAll(counters, {{before, after}});
    std::string refusal = Refusal();
    file_.metadata["counters"] = counters;
    return refusal;
  }

  SafetensorsFile file_;
};

TEST_F(DamagedStateTest, CountersAreChecked) {
  EXPECT_THAT(RefusalWith(R"("epochs_done":0)", R"("epochs_done":-3)"), HasSubstr("counters.epochs_done: -3, must be"));
  EXPECT_THAT(RefusalWith(R"("rollbacks":0)", R"("rollbacks":-1)"), HasSubstr("counters.rollbacks: -1"));
  EXPECT_THAT(RefusalWith(R"("batches_done":0)", R"("batches_done":0.5)"), HasSubstr("batches_done"));
  EXPECT_THAT(RefusalWith(R"("best_epoch":-1)", R"("best_epoch":0,"best_loss":1)"),
              HasSubstr("counters.best_epoch: 0"));
  EXPECT_THAT(RefusalWith(R"("seed":7)", R"("seed":-7)"), HasSubstr("seed"));
  EXPECT_THAT(RefusalWith(R"("seed":7,)", ""), HasSubstr("seed"));
}

TEST_F(DamagedStateTest, AnotherVersionIsNamed) {
  file_.metadata["version"] = "1";
  EXPECT_THAT(Refusal(), HasSubstr("a training state of version '1'; this program continues those of version 2"));
  file_.metadata.erase("version");
  EXPECT_THAT(Refusal(), HasSubstr("version ''"));
}

TEST_F(DamagedStateTest, NumbersThatAreNotFiniteAreRefused) {
  RawTensor& tensor = file_.tensors[0];
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(tensor.bytes.data(), &nan, sizeof(nan));
  EXPECT_THAT(Refusal(), HasSubstr("has values that are not finite"));
}

}  // namespace
}  // namespace ebm
