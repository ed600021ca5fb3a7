// The training loop, one epoch at a time.
//
// An epoch that diverges (a number that is not finite, or data and chains further apart in mean ln p~ than the recipe
// allows) is undone: the state goes back to where the epoch began, the learning rate is halved, and the epoch runs
// again. An epoch that is stopped half-way is undone as well, so that a resumed run repeats it bit for bit.
//
// Threads: one caller at a time, which shares the work of a batch with `threads` - 1 threads of the trainer; the
// results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/core/row_slices.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/augmentation.h"
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

// Means over an epoch's batches, and over the validation rows after it. Errors are fractions, the rest nats.
struct EpochMetrics {
  int64_t epoch = 0;
  double seconds = 0;
  double learning_rate = 0;
  double train_error = 0;
  double train_cross_entropy = 0;
  double train_generative = 0;  // L_gen
  double data_log_density = 0;
  double chain_log_density = 0;
  double chain_acceptance = 0;  // of the steps of a batch's chains; 1 without Metropolis steps
  double validation_error = 0;
  double validation_cross_entropy = 0;
  double validation_calibration_error = 0;
  double validation_generative = 0;
  double validation_loss = 0;  // for early stopping (Recipe::selection_density_weight)
  bool best = false;
};

// Observes the loop, and can stop it.
class EpochObserver {
 public:
  virtual ~EpochObserver() = default;
  virtual bool StopRequested() { return false; }
  virtual void BatchDone(int64_t /*epoch*/, int64_t /*batch*/, int64_t /*batches*/) {}
  virtual void RolledBack(int64_t /*epoch*/, double /*new_learning_rate*/, const std::string& /*why*/) {}
};

// Asks between batches whether to stop, and says nothing.
class QuietObserver final : public EpochObserver {
 public:
  explicit QuietObserver(std::function<bool()> stop_requested) : stop_requested_(std::move(stop_requested)) {}
  bool StopRequested() override { return stop_requested_(); }

 private:
  const std::function<bool()> stop_requested_;
};

class Trainer {
 public:
  // The task's data outlives the trainer. Errors: those of MakeEnergyModel.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(TrainingTask task, TrainingState state, int threads);

  // Errors: Cancelled if the observer asked to stop; Aborted if training diverged more often than the recipe allows;
  // those of MakeEnergyModel. In all cases the state is that at the epoch's beginning.
  absl::StatusOr<EpochMetrics> RunEpoch(EpochObserver& observer);

  const TrainingTask& task() const { return task_; }
  const TrainingState& state() const { return state_; }

  // All tensors of the model: the network's and the base density's.
  std::vector<NamedTensor> WithBase(std::vector<NamedTensor> network) const;

  // The chains of the last batch: [n, D], scaled units.
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
  Trainer(TrainingTask task, TrainingState state, std::unique_ptr<TrainableModel> model, int threads);

  absl::StatusOr<EpochMetrics> TryEpoch(EpochObserver& observer);
  absl::StatusOr<BatchLoss> RunBatch(const std::vector<int64_t>& rows);
  void Update();
  void UpdateAverage();
  double LearningRate() const;
  int64_t BatchesPerEpoch() const;
  LabelledData TakeAugmentedRows(const std::vector<int64_t>& rows) const;
  RowVisit VisitTo(int64_t row) const;
  std::span<const float> CompletedRow(int64_t row, std::vector<float>& scratch) const;
  bool ChangesDensityRow(int64_t row) const;
  MatrixBuffer TakeDensityRows(const std::vector<int64_t>& rows) const;
  MatrixBuffer ContrastOf(const std::vector<int64_t>& rows, ConstMatrix density_rows) const;
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
  MatrixBuffer last_chains_;
  double last_acceptance_ = 1;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINER_H_
