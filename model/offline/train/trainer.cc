#include "model/offline/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/offline/data/dequantisation.h"
#include "model/offline/train/learning_rate.h"
#include "model/offline/train/row_order.h"
#include "model/offline/train/run_seeds.h"
#include "model/spec/image_shape.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void AddBatch(const BatchLoss& loss, int64_t rows, EpochMetrics& sums) {
  const auto weight = static_cast<double>(rows);
  sums.train_error += static_cast<double>(loss.errors);
  sums.train_cross_entropy += weight * loss.cross_entropy;
  sums.train_generative += weight * loss.generative;
  sums.data_log_density += weight * loss.data_log_density;
  sums.chain_log_density += weight * loss.chain_log_density;
}

void DivideBy(double rows, EpochMetrics& sums) {
  for (double* sum : {&sums.train_error, &sums.train_cross_entropy, &sums.train_generative, &sums.data_log_density,
                      &sums.chain_log_density}) {
    *sum /= rows;
  }
}

double MeanBaseLogDensity(const BaseDensity& base, ConstMatrix rows) {
  std::vector<float> log_density(rows.rows());
  base.Evaluate(rows, {}, log_density, Matrix());
  return Mean(log_density);
}

std::vector<NamedTensor> Concatenate(std::vector<NamedTensor> first, const std::vector<NamedTensor>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

MatrixBuffer CopyOf(ConstMatrix rows) {
  return MatrixBuffer({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(TrainingTask task, TrainingState state,
                                                         const TrainingForce& force) {
  const int shards = force.group == nullptr ? force.replay_shards : force.group->size();
  const int64_t slots = state.buffer.states.rows();
  if (slots > 0 && shards > slots) {
    return absl::InvalidArgumentError(absl::StrCat("replay_shards: ", shards, ", must be at most ", slots,
                                                   ", the size of the replay buffer (one for each process)"));
  }
  EBM_ASSIGN_OR_RETURN(
      std::unique_ptr<TrainableModel> model,
      TrainableModel::Create(task.spec, Concatenate(state.parameters, task.base), task.recipe.objective));
  return std::unique_ptr<Trainer>(new Trainer(std::move(task), std::move(state), std::move(model), force));
}

Trainer::Trainer(TrainingTask task, TrainingState state, std::unique_ptr<TrainableModel> model,
                 const TrainingForce& force)
    : task_(std::move(task)),
      state_(std::move(state)),
      background_(BackgroundOf(task_.spec)),
      model_(std::move(model)),
      workers_(std::make_unique<RowWorkers>(force.threads, kRowsPerBatchSlice)),
      group_(force.group),
      replay_shards_(group_ == nullptr ? force.replay_shards : group_->size()) {
  if (group_ != nullptr) exchange_.emplace(group_);
  if (state_.batches_done > 0 || task_.recipe.chains.sampler.start != ChainStart::kBase) return;
  state_.buffer.FillFrom(*model_->energy().base_density(), DeriveSeed(state_.seed, kBufferPart));
}

std::vector<NamedTensor> Trainer::WithBase(std::vector<NamedTensor> network) const {
  return Concatenate(std::move(network), task_.base);
}

absl::StatusOr<EpochMetrics> Trainer::RunEpoch(EpochObserver& observer) {
  const TrainingState beginning = state_;
  for (;;) {
    absl::StatusOr<EpochMetrics> metrics = TryEpoch(observer);
    if (metrics.ok()) return metrics;
    const double factor = state_.learning_rate_factor / 2;
    const int64_t rollbacks = state_.rollbacks + 1;
    state_ = beginning;
    model_->Load(state_.parameters);
    if (!absl::IsOutOfRange(metrics.status())) return metrics.status();
    if (rollbacks > task_.recipe.max_rollbacks) {
      return absl::AbortedError(absl::StrCat("diverged again after ", task_.recipe.max_rollbacks,
                                             " rollbacks: ", std::string(metrics.status().message())));
    }
    state_.learning_rate_factor = factor;
    state_.rollbacks = rollbacks;
    observer.RolledBack(state_.epochs_done, task_.recipe.learning_rate * factor,
                        std::string(metrics.status().message()));
  }
}

absl::StatusOr<EpochMetrics> Trainer::TryEpoch(EpochObserver& observer) {
  const auto start = std::chrono::steady_clock::now();
  const int64_t n = task_.data->train.rows.rows();
  const std::vector<int64_t> order = EpochOrder(state_.seed, static_cast<uint32_t>(state_.epochs_done), n);
  EpochMetrics metrics{.epoch = state_.epochs_done};
  for (int64_t batch = 0; batch < BatchesPerEpoch(); ++batch) {
    const int64_t first = batch * task_.recipe.batch_size;
    const int64_t last = std::min(first + task_.recipe.batch_size, n);
    const std::span<const int64_t> rows = std::span(order).subspan(first, last - first);
    EBM_ASSIGN_OR_RETURN(const BatchReport report, RunBatch(rows, observer.StopRequested()));
    AddBatch(report.loss, last - first, metrics);
    metrics.chain_acceptance += report.acceptance / static_cast<double>(BatchesPerEpoch());
    observer.BatchDone(metrics.epoch, batch + 1, BatchesPerEpoch());
  }
  DivideBy(static_cast<double>(n), metrics);
  metrics.learning_rate = LearningRate();
  state_.parameters = model_->Settle();
  EBM_RETURN_IF_ERROR(GatherBuffer());
  EBM_RETURN_IF_ERROR(Judge(metrics));
  if (!std::isfinite(metrics.validation_loss)) return absl::OutOfRangeError("the validation loss is not finite");
  ++state_.epochs_done;
  metrics.seconds = SecondsSince(start);
  state_.seconds += metrics.seconds;
  return metrics;
}

absl::StatusOr<BatchReport> Trainer::RunBatch(std::span<const int64_t> rows, bool stop_requested) {
  if (IsAlone() && stop_requested) return absl::CancelledError("stopped");
  absl::StatusOr<BatchReport> own = RunShare(rows, OwnShare(std::ssize(rows)));
  if (IsAlone() && !own.ok()) return own.status();
  BatchReport report = own.ok() ? *own : BatchReport{.loss = {}, .failed = true};
  if (!IsAlone()) {
    if (!own.ok()) model_->ZeroGradient();
    report.stops = stop_requested;
    EBM_RETURN_IF_ERROR(exchange_->Sum(*model_, report));
    EBM_RETURN_IF_ERROR(own.status());
    if (report.failed) return absl::InternalError("another process of this run could not compute its share");
    if (report.stops) return absl::CancelledError("stopped");
  }
  EBM_RETURN_IF_ERROR(CheckDivergence(report.loss));
  Update();
  return report;
}

absl::StatusOr<BatchReport> Trainer::RunShare(std::span<const int64_t> rows, const RowShare& share) {
  if (share.count == 0) {
    model_->ZeroGradient();
    return BatchReport{};
  }
  const std::span<const int64_t> own = rows.subspan(share.first, share.count);
  const LabelledData batch = TakeAugmentedRows(own);
  EBM_ASSIGN_OR_RETURN(const double acceptance, AdvanceChains(batch.rows.view(), share));
  const LossWeights weights{.objective = task_.recipe.objective,
                            .density = task_.recipe.density_weight,
                            .energy_penalty = task_.recipe.energy_penalty,
                            .weight_penalty = task_.recipe.weight_penalty};
  const MatrixBuffer density_rows = TakeDensityRows(own);
  const MatrixBuffer contrast = ContrastOf(own, density_rows.view(), share);
  const LossRows loss_rows{.rows = batch.rows.view(),
                           .labels = batch.labels,
                           .chain_states = contrast.view(),
                           .density_rows = density_rows.view(),
                           .batch = share.all};
  const BatchLoss loss = model_->ComputeGradient(loss_rows, weights, *workers_);
  const double weight = static_cast<double>(share.count) / static_cast<double>(share.all);
  return BatchReport{.loss = loss, .acceptance = weight * acceptance};
}

// Sets the last chains to the ends of this share's, and returns the share of their steps that were accepted. rows: of
// the share.
absl::StatusOr<double> Trainer::AdvanceChains(ConstMatrix rows, const RowShare& share) {
  if (!HasChains(task_.recipe.objective)) return 1;
  const uint64_t seed = DeriveSeed(state_.seed, static_cast<uint32_t>(state_.batches_done));
  const EnergyModel& energy = model_->energy();
  const bool from_data = task_.recipe.objective == Objective::kDataChains;
  const ChainStarts starts = from_data ? ChainStarts{CopyOf(rows), {}} : StartsOf(share.all, seed, energy);
  EBM_ASSIGN_OR_RETURN(ChainRun run, RunChains(energy, task_.recipe.chains, {.seed = seed, .first = share.first},
                                               starts.states.view(), *workers_));
  last_chains_ = std::move(run.ends);
  StoreEnds(starts.slots, std::as_const(last_chains_).view(), state_.buffer);
  return run.acceptance;
}

RowShare Trainer::OwnShare(int64_t rows) const {
  return IsAlone() ? WholeShare(rows) : ShareOf(rows, group_->rank(), group_->size(), kRowsPerBatchSlice);
}

// Those of this rank's share of so many chains.
ChainStarts Trainer::StartsOf(int64_t chains, uint64_t seed, const EnergyModel& energy) const {
  const int first = IsAlone() ? 0 : group_->rank();
  const int last = IsAlone() ? replay_shards_ : first + 1;
  ChainStarts all{MatrixBuffer(OwnShare(chains).count, energy.dimension()), {}};
  int64_t row = 0;
  for (int shard = first; shard < last; ++shard) {
    const ChainShare share = {.chains = ShareOf(chains, shard, replay_shards_, kRowsPerBatchSlice),
                              .slots = ShareOf(state_.buffer.states.rows(), shard, replay_shards_, /*height=*/1)};
    const ChainStarts starts =
        DrawStarts(task_.recipe.chains, state_.buffer, seed, share, energy.dimension(), energy.base_density());
    if (share.chains.count > 0) std::ranges::copy(starts.states.view().values(), all.states.row(row).data());
    row += share.chains.count;
    all.slots.insert(all.slots.end(), starts.slots.begin(), starts.slots.end());
  }
  return all;
}

// Each rank has kept its part up to date; the state has them all.
absl::Status Trainer::GatherBuffer() {
  MatrixBuffer& states = state_.buffer.states;
  if (IsAlone() || states.rows() == 0) return absl::OkStatus();
  const RowShare own = ShareOf(states.rows(), group_->rank(), group_->size(), /*height=*/1);
  EBM_ASSIGN_OR_RETURN(states, GatherRows(*group_, std::as_const(states).view().rows_from(own.first, own.count),
                                          states.rows(), /*height=*/1));
  return absl::OkStatus();
}

RowVisit Trainer::VisitTo(int64_t row) const {
  return {.seed = state_.seed, .row = static_cast<uint32_t>(row), .epoch = static_cast<uint32_t>(state_.epochs_done)};
}

// With the missing values that the row has in this visit; `scratch` holds them.
std::span<const float> Trainer::CompletedRow(int64_t row, std::vector<float>& scratch) const {
  const std::span<const float> stored = task_.data->train.rows.row(row);
  if (!task_.gaps.any()) return stored;
  scratch.assign(stored.begin(), stored.end());
  task_.gaps.Fill(model_->energy(), VisitTo(row), scratch);
  return scratch;
}

LabelledData Trainer::TakeAugmentedRows(std::span<const int64_t> rows) const {
  LabelledData batch{MatrixBuffer(static_cast<int64_t>(rows.size()), task_.data->train.rows.cols()), {}};
  std::vector<float> scratch;
  for (size_t i = 0; i < rows.size(); ++i) {
    const RowVisit visit = VisitTo(rows[i]);
    const std::span<const float> row = CompletedRow(rows[i], scratch);
    const std::span<float> changed = batch.rows.row(static_cast<int64_t>(i));
    if (task_.recipe.jitter.any() && HasImageShape(task_.spec)) {
      Jitter(task_.recipe.jitter, visit, row, changed);
    } else {
      std::ranges::copy(row, changed.begin());
    }
    AddDataNoise(task_.recipe.data_noise, visit, changed);
    batch.labels.push_back(task_.data->train.labels[rows[i]]);
  }
  return batch;
}

// True for half of the rows, in the next epoch for the other half.
bool Trainer::ChangesDensityRow(int64_t row) const {
  return task_.recipe.density_jitter.any() && HasImageShape(task_.spec) && (row + state_.epochs_done) % 2 == 0;
}

// Empty if L_gen uses the same rows as the cross entropy.
MatrixBuffer Trainer::TakeDensityRows(std::span<const int64_t> rows) const {
  if (!task_.recipe.density_of_plain_rows) return {};
  MatrixBuffer taken(static_cast<int64_t>(rows.size()), task_.data->train.rows.cols());
  std::vector<float> scratch;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::span<float> row = taken.row(static_cast<int64_t>(i));
    const std::span<const float> plain = CompletedRow(rows[i], scratch);
    const RowVisit visit = VisitTo(rows[i]);
    if (ChangesDensityRow(rows[i])) {
      const RowVisit change = {DeriveSeed(visit.seed, kDensityJitterPart), visit.row, visit.epoch};
      Jitter(task_.recipe.density_jitter, change, plain, row);
    } else {
      std::ranges::copy(plain, row.begin());
    }
    Dequantise(task_.spec, visit.seed, visit.row, visit.epoch, row);
  }
  return taken;
}

// The last chains, with the recipe's shares of the batch's chains, its first ones, replaced by mirrored and by warped
// rows.
MatrixBuffer Trainer::ContrastOf(std::span<const int64_t> rows, ConstMatrix density_rows, const RowShare& share) const {
  MatrixBuffer contrast = last_chains_;
  if (!HasImageShape(task_.spec) || contrast.rows() == 0) return contrast;
  const auto count = static_cast<double>(share.all);
  const auto mirrored = static_cast<int64_t>(task_.recipe.mirrored_share * count);
  const auto warped = mirrored + static_cast<int64_t>(task_.recipe.warped_share * count);
  for (int64_t i = 0; i < share.count; ++i) {
    const int64_t chain = share.first + i;
    if (chain < mirrored) {
      std::ranges::copy(density_rows.row(i), contrast.row(i).begin());
      MirrorRow(VisitTo(rows[i]), ImageShapeOf(task_.spec), contrast.row(i));
    } else if (chain < warped) {
      WarpRow(rows[i], contrast.row(i));
    }
  }
  return contrast;
}

// Dequantises the row after its map, as data is: otherwise the noise, smoothed by the map, would distinguish it from
// data.
void Trainer::WarpRow(int64_t row, std::span<float> warped) const {
  RowVisit visit = VisitTo(row);
  visit.seed = DeriveSeed(visit.seed, kWarpPart);
  std::vector<float> scratch;
  Jitter(task_.recipe.warp, visit, CompletedRow(row, scratch), warped);
  Dequantise(task_.spec, visit.seed, visit.row, visit.epoch, warped);
}

void Trainer::Jitter(const PictureJitter& jitter, const RowVisit& visit, std::span<const float> row,
                     std::span<float> changed) const {
  JitterPicture(jitter, visit, ImageShapeOf(task_.spec), background_, row, changed);
}

absl::Status Trainer::CheckDivergence(const BatchLoss& loss) const {
  if (!std::isfinite(loss.cross_entropy) || !std::isfinite(loss.generative)) {
    return absl::OutOfRangeError("the loss is not finite");
  }
  if (std::abs(loss.chain_log_density - loss.data_log_density) <= task_.recipe.divergence_gap) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("mean ln p~ of data (", loss.data_log_density, ") and chains (",
                                            loss.chain_log_density, ") are more than ", task_.recipe.divergence_gap,
                                            " nats apart"));
}

double Trainer::LearningRate() const {
  return state_.learning_rate_factor * LearningRateAfter(state_.batches_done, BatchesPerEpoch(), task_.recipe);
}

int64_t Trainer::BatchesPerEpoch() const {
  return (task_.data->train.rows.rows() + task_.recipe.batch_size - 1) / task_.recipe.batch_size;
}

void Trainer::Update() {
  const double rate = LearningRate();
  ++state_.batches_done;
  model_->Change([&](size_t p, std::span<float> weights) {
    AdamaxStep(rate, state_.batches_done, model_->gradient(p), state_.optimiser[p], weights);
  });
  UpdateAverage();
}

// The decay rises to the recipe's as (1 + t) / (10 + t), so that the average forgets the random initial weights.
void Trainer::UpdateAverage() {
  if (state_.average.empty()) return;
  const auto t = static_cast<double>(state_.batches_done);
  const auto decay = static_cast<float>(std::min(task_.recipe.average_decay, (1 + t) / (10 + t)));
  const std::vector<std::span<const float>> weights = model_->Weights();
  for (size_t p = 0; p < weights.size(); ++p) {
    std::vector<float>& average = state_.average[p].values;
    for (size_t i = 0; i < average.size(); ++i) average[i] = decay * average[i] + (1 - decay) * weights[p][i];
  }
}

absl::StatusOr<double> Trainer::Generative(const EnergyModel& model, ConstMatrix rows, const Evaluation& evaluation,
                                           uint64_t seed) const {
  const int64_t chains = std::min(rows.rows(), kMostJudgedChains);
  const ChainStarts starts = StartsOf(chains, seed, model);
  EBM_ASSIGN_OR_RETURN(ChainRun run,
                       RunChains(model, task_.recipe.chains, {.seed = seed, .first = OwnShare(chains).first},
                                 starts.states.view(), *workers_));
  if (!IsAlone()) {
    EBM_ASSIGN_OR_RETURN(run.ends, GatherRows(*group_, std::as_const(run.ends).view(), chains, kRowsPerBatchSlice));
  }
  const ConstMatrix ends = std::as_const(run.ends).view();
  const double difference = MeanLogDensity(model, ends) - evaluation.mean_log_density();
  const BaseDensity* const base = model.base_density();
  if (base == nullptr) return difference;
  return difference - (MeanBaseLogDensity(*base, ends) - MeanBaseLogDensity(*base, rows));
}

absl::Status Trainer::Judge(EpochMetrics& metrics) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model,
                       MakeEnergyModel(task_.spec, WithBase(state_.candidate())));
  const uint64_t seed = DeriveSeed(state_.seed, kValidationPart + static_cast<uint32_t>(metrics.epoch));
  const LabelledData& validation = task_.data->validation;
  const Evaluation evaluation = Evaluate(*model, validation.rows.view(), validation.labels);
  metrics.validation_error = evaluation.error;
  metrics.validation_cross_entropy = evaluation.cross_entropy;
  metrics.validation_calibration_error = evaluation.calibration_error;
  EBM_ASSIGN_OR_RETURN(metrics.validation_generative, Generative(*model, validation.rows.view(), evaluation, seed));
  metrics.validation_loss =
      metrics.validation_cross_entropy + task_.recipe.selection_density_weight * metrics.validation_generative;
  metrics.best = task_.recipe.keeps_last || metrics.validation_loss < state_.best_loss;
  if (!metrics.best) return absl::OkStatus();
  state_.best_loss = metrics.validation_loss;
  state_.best_epoch = metrics.epoch;
  state_.best = state_.candidate();
  return absl::OkStatus();
}

}  // namespace ebm
