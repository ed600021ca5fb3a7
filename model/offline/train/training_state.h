// The state that a training run needs to continue exactly: plain data, so that a copy is a snapshot to roll back to,
// and a file is enough to resume from. All randomness is a function of the seed and the counters here
// (model/core/random.h), so there is no generator state.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_STATE_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_STATE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/offline/train/adamax.h"
#include "model/offline/train/contrastive_chains.h"
#include "model/offline/train/recipe.h"

namespace ebm {

struct TrainingState {
  uint64_t seed = 0;
  int64_t epochs_done = 0;
  int64_t batches_done = 0;
  double learning_rate_factor = 1.0;  // halved at every rollback
  int64_t rollbacks = 0;
  double seconds = 0;  // of training so far

  // The validation loss of the kept weights, and the epoch (from 0) after which they were kept; -1: none yet.
  int64_t best_epoch = -1;
  double best_loss = std::numeric_limits<double>::infinity();

  std::vector<NamedTensor> parameters;
  std::vector<NamedTensor> average;  // exponential moving average of the parameters; empty if the recipe has none
  std::vector<NamedTensor> best;     // the kept weights
  std::vector<AdamaxState> optimiser;
  ReplayBuffer buffer;

  // The weights that are evaluated and may be kept: the average if there is one.
  const std::vector<NamedTensor>& candidate() const { return average.empty() ? parameters : average; }
};

// Whether the recipe has no more epochs to run: all are done, or none has been the best for too long.
bool IsOver(const Recipe& recipe, const TrainingState& state);

// base: the tensors of the spec's base density; may be empty where only the state's shape matters.
TrainingState InitialState(const ModelSpec& spec, const Recipe& recipe, uint64_t seed,
                           const std::vector<NamedTensor>& base = {});

// The settings that a resumed run must share with the one that it resumes.
struct RunIdentity {
  std::string data_sha256;

  // Recipe::Describe without the length of the run (max_epochs, patience), and further settings.
  std::map<std::string, std::string> settings;
};

// The setting that has the number of epochs, if it was chosen to fit a time.
inline constexpr char kEpochsOfBudget[] = "epochs_of_budget";

// That number in a state file; unset if the run had none. Errors: those of ReadSafetensors.
absl::StatusOr<std::optional<int64_t>> EpochsOfBudget(const std::string& path);

// One safetensors file, written atomically. Errors: those of WriteSafetensors and ReadSafetensors; InvalidArgument if
// the file is not a training state of this shape; FailedPrecondition, naming the difference, if it belongs to another
// run.
absl::Status SaveState(const TrainingState& state, const RunIdentity& identity, const std::string& path);
absl::StatusOr<TrainingState> LoadState(const std::string& path, const RunIdentity& identity,
                                        const TrainingState& shape_like);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_STATE_H_
