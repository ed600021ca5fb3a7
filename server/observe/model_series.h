// The series of one model's events: counters and histograms of its engine, of its requests, and of the figures of rows.
//
// An event costs a few relaxed atomic additions and takes no lock.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_MODEL_SERIES_H_
#define EBM_SERVER_OBSERVE_MODEL_SERIES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/metric_family.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"
#include "server/observe/atomic_histogram.h"
#include "server/observe/buckets.h"
#include "server/observe/families.h"

namespace ebm::observe {

class ModelSeries final : public inference::ModelObserver {
 public:
  // A model without percentiles, classes or a calibration has no histogram of what follows from them.
  explicit ModelSeries(const inference::ModelInfo& model);

  void StepTaken(absl::Duration duration, int chains) override;
  void RowsEvaluated(absl::Duration duration, int rows) override;
  void FirstFrame(absl::Duration since_submit) override;
  void QueueWait(absl::Duration since_submit) override;
  void ChainDiverged() override;
  void ChainsFinished(int chains) override;
  void Refused(inference::Refusal why) override;
  void BrokenOff(inference::Break why) override;
  void RowsAnswered(const inference::RowsObserved& rows) override;

  // The families of all models, without series.
  static std::vector<prometheus::MetricFamily> Families();
  // Adds this model's series. families: as Families() has them.
  void AddTo(std::vector<prometheus::MetricFamily>& families, const SeriesLabels& labels) const;

 private:
  using Count = std::atomic<int64_t>;

  void NoteProgress();

  Count chain_steps_ = 0;
  Count samples_ = 0;
  Count diverged_chains_ = 0;
  Count rows_evaluated_ = 0;
  std::array<Count, 7> refused_ = {};  // by Refusal
  std::array<Count, 4> broken_ = {};   // by Break
  Count last_progress_;                // nanoseconds of the coarse monotonic clock
  AtomicHistogram step_duration_{SecondsBuckets()};
  AtomicHistogram batch_chains_{TileBuckets()};
  AtomicHistogram rows_duration_{SecondsBuckets()};
  AtomicHistogram batch_rows_{TileBuckets()};
  AtomicHistogram time_to_first_frame_{SecondsBuckets()};
  AtomicHistogram queue_wait_{SecondsBuckets()};
  std::optional<AtomicHistogram> percentiles_;
  std::optional<AtomicHistogram> max_softmaxes_;
  std::optional<AtomicHistogram> p_values_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_MODEL_SERIES_H_
