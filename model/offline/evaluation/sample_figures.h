// Figures of a model's samples: how they compare with data, and whether they are copies of training rows.
//
// Threads: the work is divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_SAMPLE_FIGURES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_SAMPLE_FIGURES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/offline/evaluation/evaluation_data.h"
#include "model/offline/evaluation/model_samples.h"
#include "model/offline/evaluation/row_distance.h"
#include "model/offline/evaluation/row_scores.h"
#include "model/offline/evaluation/two_sample_test.h"
#include "model/offline/statistics/bootstrap.h"

namespace ebm {

// The most rows of either side in the two-sample test (its cost is quadratic), the number of samples whose nearest
// training rows are found, and that of held-out rows for comparison.
inline constexpr int64_t kMostTestedRows = 1000;
inline constexpr int64_t kLookedUpSamples = 20;
inline constexpr int64_t kLookedUpRows = 200;

struct TestedSamples {
  int64_t samples = 0;
  int64_t rows = 0;
  TwoSampleResult result;
};

struct NearestFigures {
  std::string training_name;
  int64_t training_rows = 0;
  std::vector<Nearest> samples;  // of the first samples
  MatrixBuffer nearest_rows;     // [as many, D], scaled units
  int64_t held_out_rows = 0;
  std::vector<float> sample_quantiles;    // 0, 25, 50, 75 and 100 % of the samples' distances
  std::vector<float> held_out_quantiles;  // and of the held-out rows'
};

struct SampleFigures {
  ModelSamples drawn;
  std::vector<int64_t> class_counts;      // [K], samples by most probable class
  std::vector<int64_t> row_class_counts;  // [K], the same of the held-out rows
  Figure mean_log_density;                // of the samples, nats
  Figure row_mean_log_density;            // of the held-out rows
  std::optional<TestedSamples> test;      // unset if a side has fewer than two rows
  std::optional<NearestFigures> nearest;  // unset if the training rows are unknown
};

// The data that samples are compared with; borrowed.
struct ComparedData {
  ConstMatrix held_out;  // [n, D], scaled units
  const RowScores& held_out_scores;
  const std::optional<NamedRows>& training;
};

// Errors: those of ScoreRows.
absl::StatusOr<SampleFigures> MakeSampleFigures(const EnergyModel& model, ModelSamples samples,
                                                const ComparedData& data, uint64_t seed, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_SAMPLE_FIGURES_H_
