#include "server/observe/model_series.h"

#include <ctime>
#include <utility>

#include "absl/strings/string_view.h"
#include "prometheus/metric_type.h"
#include "server/observe/wall_clock.h"

namespace ebm::observe {
namespace {

using prometheus::MetricType;

// The families, by their places in Families().
enum Place : size_t {
  kChainSteps,
  kSamples,
  kDivergedChains,
  kRowsEvaluated,
  kRefused,
  kCancelled,
  kLastStep,
  kStepDuration,
  kBatchChains,
  kRowsDuration,
  kBatchRows,
  kTimeToFirstFrame,
  kQueueWait,
  kPercentile,
  kMaxSoftmax,
  kPValue,
};

struct FamilyText {
  const char* name;
  MetricType type;
  const char* help;
};

constexpr FamilyText kFamilies[] = {
    {"ebm_chain_steps_total", MetricType::Counter, "Total number of steps of all chains."},
    {"ebm_samples_total", MetricType::Counter, "Chains that did all their steps and whose last states were taken."},
    {"ebm_diverged_chains_total", MetricType::Counter, "Chains whose state became non-finite."},
    {"ebm_rows_evaluated_total", MetricType::Counter, "Rows of Classify and Score requests that were evaluated."},
    {"ebm_refused_requests_total", MetricType::Counter, "Requests that were not accepted, by reason."},
    {"ebm_cancelled_requests_total", MetricType::Counter,
     "Accepted requests that ended without their whole answer, by reason."},
    {"ebm_last_step_timestamp_seconds", MetricType::Gauge,
     "When a worker last finished a step of chains or a tile of rows, or when the model was loaded."},
    {"ebm_step_duration_seconds", MetricType::Histogram, "Duration of one step of one worker's chains."},
    {"ebm_batch_chains", MetricType::Histogram, "Number of chains in one step of one worker."},
    {"ebm_rows_duration_seconds", MetricType::Histogram, "Duration of the evaluation of one tile of rows."},
    {"ebm_batch_rows", MetricType::Histogram, "Number of rows in one tile of rows."},
    {"ebm_time_to_first_frame_seconds", MetricType::Histogram,
     "Time from a Sample request's admission to its first frame."},
    {"ebm_queue_wait_seconds", MetricType::Histogram,
     "Time from a request's admission to its first chain or row in a worker."},
    {"ebm_row_percentile", MetricType::Histogram,
     "Percentile of ln p~ among the validation rows, 0 to 100, of each row of Classify and Score."},
    {"ebm_row_max_softmax", MetricType::Histogram,
     "Largest class probability, at temperature 1, of each row of Classify and Score."},
    {"ebm_row_p_value", MetricType::Histogram, "Conformal p-value of each row whose request asked for it."},
};

constexpr const char* kRefusals[] = {"invalid", "queue_full", "memory", "calls", "share", "deadline", "draining"};
constexpr const char* kBreaks[] = {"caller", "deadline", "shutdown", "failure"};

// A few nanoseconds to read, and exact to a few milliseconds.
int64_t CoarseNanoseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

void AddHistogram(prometheus::MetricFamily& family, const SeriesLabels& labels, const AtomicHistogram& histogram) {
  prometheus::ClientMetric metric = histogram.Collect();
  metric.label = labels;
  family.metric.push_back(std::move(metric));
}

void AddHistogram(prometheus::MetricFamily& family, const SeriesLabels& labels,
                  const std::optional<AtomicHistogram>& histogram) {
  if (histogram.has_value()) AddHistogram(family, labels, *histogram);
}

template <size_t n>
void AddByReason(prometheus::MetricFamily& family, SeriesLabels labels, const char* const (&reasons)[n],
                 const std::array<std::atomic<int64_t>, n>& counts) {
  labels.push_back({"reason", ""});
  for (size_t i = 0; i < n; ++i) {
    labels.back().value = reasons[i];
    AddValue(family, labels, static_cast<double>(counts[i].load(std::memory_order_relaxed)));
  }
}

void Increase(std::atomic<int64_t>& count, int64_t by = 1) { count.fetch_add(by, std::memory_order_relaxed); }

}  // namespace

ModelSeries::ModelSeries(const inference::ModelInfo& model) : last_progress_(CoarseNanoseconds()) {
  if (model.has_percentiles()) percentiles_.emplace(PercentileBuckets());
  if (model.spec.num_classes() > 1) max_softmaxes_.emplace(MaxSoftmaxBuckets());
  if (model.calibration.has_value()) p_values_.emplace(PValueBuckets());
}

void ModelSeries::NoteProgress() { last_progress_.store(CoarseNanoseconds(), std::memory_order_relaxed); }

void ModelSeries::StepTaken(absl::Duration duration, int chains) {
  step_duration_.Observe(absl::ToDoubleSeconds(duration));
  batch_chains_.Observe(chains);
  Increase(chain_steps_, chains);
  NoteProgress();
}

void ModelSeries::RowsEvaluated(absl::Duration duration, int rows) {
  rows_duration_.Observe(absl::ToDoubleSeconds(duration));
  batch_rows_.Observe(rows);
  Increase(rows_evaluated_, rows);
  NoteProgress();
}

void ModelSeries::FirstFrame(absl::Duration since_submit) {
  time_to_first_frame_.Observe(absl::ToDoubleSeconds(since_submit));
}

void ModelSeries::QueueWait(absl::Duration since_submit) { queue_wait_.Observe(absl::ToDoubleSeconds(since_submit)); }

void ModelSeries::ChainDiverged() { Increase(diverged_chains_); }

void ModelSeries::ChainsFinished(int chains) { Increase(samples_, chains); }

void ModelSeries::Refused(inference::Refusal why) { Increase(refused_[static_cast<size_t>(why)]); }

void ModelSeries::BrokenOff(inference::Break why) { Increase(broken_[static_cast<size_t>(why)]); }

void ModelSeries::RowsAnswered(const inference::RowsObserved& rows) {
  if (percentiles_.has_value()) percentiles_->ObserveAll(rows.percentiles);
  if (max_softmaxes_.has_value()) max_softmaxes_->ObserveAll(rows.max_softmaxes);
  if (p_values_.has_value()) p_values_->ObserveAll(rows.p_values);
}

std::vector<prometheus::MetricFamily> ModelSeries::Families() {
  std::vector<prometheus::MetricFamily> families;
  for (const FamilyText& text : kFamilies) {
    families.push_back({.name = text.name, .help = text.help, .type = text.type, .metric = {}});
  }
  return families;
}

void ModelSeries::AddTo(std::vector<prometheus::MetricFamily>& families, const SeriesLabels& labels) const {
  const auto add_count = [&](Place place, const Count& count) {
    AddValue(families[place], labels, static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  add_count(kChainSteps, chain_steps_);
  add_count(kSamples, samples_);
  add_count(kDivergedChains, diverged_chains_);
  add_count(kRowsEvaluated, rows_evaluated_);
  AddByReason(families[kRefused], labels, kRefusals, refused_);
  AddByReason(families[kCancelled], labels, kBreaks, broken_);
  const int64_t ago = CoarseNanoseconds() - last_progress_.load(std::memory_order_relaxed);
  AddValue(families[kLastStep], labels, WallSeconds() - 1e-9 * static_cast<double>(ago));
  AddHistogram(families[kStepDuration], labels, step_duration_);
  AddHistogram(families[kBatchChains], labels, batch_chains_);
  AddHistogram(families[kRowsDuration], labels, rows_duration_);
  AddHistogram(families[kBatchRows], labels, batch_rows_);
  AddHistogram(families[kTimeToFirstFrame], labels, time_to_first_frame_);
  AddHistogram(families[kQueueWait], labels, queue_wait_);
  AddHistogram(families[kPercentile], labels, percentiles_);
  AddHistogram(families[kMaxSoftmax], labels, max_softmaxes_);
  AddHistogram(families[kPValue], labels, p_values_);
}

}  // namespace ebm::observe
