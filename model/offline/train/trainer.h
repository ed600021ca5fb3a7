// The training loop, one epoch at a time.
//
// An epoch that diverges (a number that is not finite, or data and chains further apart in mean ln p~ than the recipe
// allows) is undone: the state goes back to where the epoch began, the learning rate is halved, and the epoch runs
// again. An epoch that is stopped half-way is undone as well, so that a resumed run repeats it bit for bit.
//
// Several processes can train one model (model/offline/parallel). Each then computes its share of every batch: whole
// slices of rows, with chains of their own that continue from the rank's part of the replay buffer. Gradients are
// summed, and whether to stop, or to undo an epoch, is decided from sums, so all ranks hold the same weights at all
// times. The weights of R ranks are those of one process with the same batches and the buffer in R parts, up to the
// rounding of sums; the same run has the same bits every time.
//
// Threads: one caller at a time, which shares the work of a batch with `threads` - 1 threads of the trainer; the
// results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/core/row_slices.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/parallel/row_share.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/augmentation.h"
#include "model/offline/train/contrastive_chains.h"
#include "model/offline/train/epoch_observer.h"
#include "model/offline/train/gradient_exchange.h"
#include "model/offline/train/missing_values.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/trainable_model.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_state.h"
#include "model/spec/model_spec.h"

namespace ebm {

// What is trained, and on what.
struct TrainingTask {
  ModelSpec spec;
  Recipe recipe;
  const TrainingData* data;            // borrowed
  std::vector<NamedTensor> base = {};  // the tensors of the spec's base density; empty if it has none
  RowGaps gaps = {};                   // of the training rows; the values in `data` are then not used
};

// Who computes.
struct TrainingForce {
  int threads = 1;                // the numbers do not depend on it
  ProcessGroup* group = nullptr;  // borrowed; null: this process alone
  // The parts of the replay buffer, each of which serves the chains of one rank's share. With a group, its size.
  int replay_shards = 1;
};

class Trainer {
 public:
  // The task's data and the group outlive the trainer. Errors: those of MakeEnergyModel; InvalidArgument if the replay
  // buffer has fewer slots than parts.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(TrainingTask task, TrainingState state,
                                                         const TrainingForce& force);

  // Errors: Cancelled if the observer, or that of another rank, asked to stop; Aborted if training diverged more often
  // than the recipe allows; those of MakeEnergyModel and of ProcessGroup. In all cases the state is that at the epoch's
  // beginning.
  absl::StatusOr<EpochMetrics> RunEpoch(EpochObserver& observer);

  // From now on, this process computes alone, with the whole replay buffer.
  void LeaveGroup() { group_ = nullptr; }

  const TrainingTask& task() const { return task_; }
  const TrainingState& state() const { return state_; }

  // All tensors of the model: the network's and the base density's.
  std::vector<NamedTensor> WithBase(std::vector<NamedTensor> network) const;

  // This rank's chains of the last batch of which it had a share: [n, D], scaled units; none for an objective without.
  const MatrixBuffer& last_chains() const { return last_chains_; }

  // L_gen on held-out rows: the mean ln p~ of chains run as in training but from seeds of their own, as many as rows
  // were evaluated and at most kMostJudgedChains, minus that of the rows. For a model with a base density, the means
  // are of ln p~ - ln b, which is what training changes. rows: [n, D]; evaluation: that of the rows.
  absl::StatusOr<double> Generative(const EnergyModel& model, ConstMatrix rows, const Evaluation& evaluation,
                                    uint64_t seed) const;

  // The height of the slices that a batch is divided into. It is low enough for a batch of 64 rows to keep four
  // threads busy, and fixed, since the weights' last bits depend on it.
  static constexpr int64_t kRowsPerBatchSlice = 16;

  // On a large data set, more chains would take longer than an epoch of training, without changing a digit that
  // matters.
  static constexpr int64_t kMostJudgedChains = 2000;

 private:
  Trainer(TrainingTask task, TrainingState state, std::unique_ptr<TrainableModel> model, const TrainingForce& force);

  absl::StatusOr<EpochMetrics> TryEpoch(EpochObserver& observer);
  // rows: those of the batch, in the epoch's order.
  absl::StatusOr<BatchReport> RunBatch(std::span<const int64_t> rows, bool stop_requested);
  absl::StatusOr<BatchReport> RunShare(std::span<const int64_t> rows, const RowShare& share);
  absl::StatusOr<double> AdvanceChains(ConstMatrix rows, const RowShare& share);
  bool IsAlone() const { return group_ == nullptr; }
  // This rank's share of a batch's rows or chains.
  RowShare OwnShare(int64_t rows) const;
  ChainStarts StartsOf(int64_t chains, uint64_t seed, const EnergyModel& energy) const;
  absl::Status GatherBuffer();
  void Update();
  void UpdateAverage();
  double LearningRate() const;
  int64_t BatchesPerEpoch() const;
  LabelledData TakeAugmentedRows(std::span<const int64_t> rows) const;
  RowVisit VisitTo(int64_t row) const;
  std::span<const float> CompletedRow(int64_t row, std::vector<float>& scratch) const;
  bool ChangesDensityRow(int64_t row) const;
  MatrixBuffer TakeDensityRows(std::span<const int64_t> rows) const;
  MatrixBuffer ContrastOf(std::span<const int64_t> rows, ConstMatrix density_rows, const RowShare& share) const;
  void Jitter(const PictureJitter& jitter, const RowVisit& visit, std::span<const float> row,
              std::span<float> changed) const;
  void WarpRow(int64_t row, std::span<float> warped) const;
  absl::Status CheckDivergence(const BatchLoss& loss) const;
  absl::Status Judge(EpochMetrics& metrics);

  const TrainingTask task_;
  TrainingState state_;
  const std::vector<float> background_;  // of pictures, [channels]
  std::unique_ptr<TrainableModel> model_;
  const std::unique_ptr<RowWorkers> workers_;
  ProcessGroup* group_;
  const int replay_shards_;
  std::optional<GradientExchange> exchange_;  // with a group
  MatrixBuffer last_chains_;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_
