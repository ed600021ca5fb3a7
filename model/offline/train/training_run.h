// A whole run: epochs until the recipe's end, early stopping or a stop request, and the files that it writes.
//
//   <output>.safetensors               the checkpoint: the kept weights and everything to serve them
//   <output>.safetensors.lock          there while a run writes these files; a second one is refused
//   <stem>.state.safetensors           where to resume from, replaced after every epoch
//   <stem>.metrics.csv                 one line per epoch
//   <stem>.curves.svg                  the losses so far as a picture
//   <stem>.tensorboard/                the same for TensorBoard, with pictures of the chains

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_RUN_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_RUN_H_

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/training_data.h"

namespace ebm {

enum class RunStart {
  kNew,        // refused if the output or its state is there, so that nothing is lost
  kResumed,    // from the state file
  kOverwrite,  // anew; an earlier run's state, metrics and curves are replaced
};

struct RunOptions {
  Recipe recipe;
  std::string output;               // ends in .safetensors
  std::vector<std::string> inputs;  // files that must not be overwritten
  uint64_t seed = 0;
  int64_t epochs_of_budget = 0;                 // the recipe's max_epochs, if they were chosen to fit a time
  std::vector<NamedTensor> initial_parameters;  // the network's, of an earlier model; empty: drawn
  std::string initial_sha256;                   // of those weights
  RunStart start = RunStart::kNew;
  int threads = 1;                // the numbers do not depend on it
  ProcessGroup* group = nullptr;  // borrowed; null: this process trains alone
  int replay_shards = 1;          // see TrainingForce; not used with a group
  bool terminal = false;          // log is a terminal
  std::string code_version;
};

// Paths of the files of a run.
struct RunFiles {
  std::string checkpoint;
  std::string state;
  std::string metrics;
  std::string curves;
  std::string tensorboard;
};

// InvalidArgument if the output does not end in .safetensors.
absl::StatusOr<RunFiles> FilesOf(const std::string& output);

// The errors of Train that can be found before any time is spent: settings, paths, and files that must not be replaced.
absl::Status CheckRun(const RunOptions& options);

// Whether there is a state that the run can resume from. Errors: NotFound if there is none, FailedPrecondition and
// InvalidArgument for one of another run or a damaged one; the operating system's, which say nothing about the state.
absl::Status CheckResumable(const RunOptions& options, const TrainingData& data);

enum class RunEnd {
  kFinished,
  kStopped,  // by a request to this process or, with a group, to any of its processes
};

// Trains and writes the checkpoint, and reports progress to `log`. stop_requested is called between batches; a run that
// it stops still writes its checkpoint. Errors: InvalidArgument and FailedPrecondition for what the user can correct;
// Cancelled if stopped before the first epoch ended, so that there is nothing to keep; Aborted if training diverged too
// often (the best weights so far are written).
//
// If the checkpoint file holds the same weights already, as after a run that was resumed at its end, what other
// programs wrote into it is kept (model/checkpoint/refresh.h).
//
// With a group, this is rank 0's part: it reads and writes the files, and does what follows the epochs.
absl::StatusOr<RunEnd> Train(const RunOptions& options, const TrainingData& data,
                             const std::function<bool()>& stop_requested, std::ostream& log);

// The part of the other ranks: they train until rank 0 has no more epochs to run. The options' files are not used.
// Errors: InvalidArgument and FailedPrecondition for what the user can correct; those of ProcessGroup. That training
// diverged is no error here: rank 0 reports it.
absl::StatusOr<RunEnd> Follow(const RunOptions& options, const TrainingData& data,
                              const std::function<bool()>& stop_requested);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_RUN_H_
