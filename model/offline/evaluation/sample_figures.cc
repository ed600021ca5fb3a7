#include "model/offline/evaluation/sample_figures.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "model/core/status_macros.h"
#include "model/offline/statistics/evaluation.h"

namespace ebm {
namespace {

constexpr int kDistanceQuantiles = 5;

std::vector<int64_t> CountClasses(const MatrixBuffer& logits) {
  std::vector<int64_t> counts(logits.cols());
  for (int64_t i = 0; i < logits.rows(); ++i) {
    const std::span<const float> row = logits.row(i);
    ++counts[std::ranges::max_element(row) - row.begin()];
  }
  return counts;
}

Figure MeanFigure(std::span<const float> values, uint64_t seed) {
  const std::array<int64_t, 1> groups = {static_cast<int64_t>(values.size())};
  const auto mean = [&](const ResampleCounts& counts) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) sum += counts[0][i] * double{values[i]};
    return std::vector<double>{sum / static_cast<double>(values.size())};
  };
  return Bootstrap(groups, seed, mean).front();
}

ConstMatrix FirstRows(ConstMatrix rows, int64_t most) { return rows.rows_from(0, std::min(most, rows.rows())); }

absl::StatusOr<TestedSamples> Test(ConstMatrix samples, ConstMatrix rows, uint64_t seed) {
  const ConstMatrix x = FirstRows(samples, kMostTestedRows);
  const ConstMatrix y = FirstRows(rows, kMostTestedRows);
  EBM_ASSIGN_OR_RETURN(const TwoSampleResult result, KernelTwoSampleTest(x, y, seed));
  return TestedSamples{.samples = x.rows(), .rows = y.rows(), .result = result};
}

std::vector<float> DistanceQuantiles(const std::vector<Nearest>& found) {
  std::vector<float> distances;
  distances.reserve(found.size());
  for (const Nearest& nearest : found) distances.push_back(static_cast<float>(nearest.distance));
  return Quantiles(std::move(distances), kDistanceQuantiles);
}

NearestFigures LookUp(ConstMatrix samples, ConstMatrix held_out, const NamedRows& training, int threads) {
  const ConstMatrix set = training.data.rows.view();
  NearestFigures figures{.training_name = training.name,
                         .training_rows = set.rows(),
                         .samples = FindNearest(FirstRows(samples, kLookedUpSamples), set, threads),
                         .nearest_rows = {},
                         .held_out_rows = std::min(kLookedUpRows, held_out.rows()),
                         .sample_quantiles = {},
                         .held_out_quantiles = {}};
  figures.nearest_rows = MatrixBuffer(static_cast<int64_t>(figures.samples.size()), set.cols());
  for (size_t i = 0; i < figures.samples.size(); ++i) {
    std::ranges::copy(set.row(figures.samples[i].row), figures.nearest_rows.row(static_cast<int64_t>(i)).begin());
  }
  figures.sample_quantiles = DistanceQuantiles(figures.samples);
  figures.held_out_quantiles = DistanceQuantiles(FindNearest(FirstRows(held_out, kLookedUpRows), set, threads));
  return figures;
}

}  // namespace

absl::StatusOr<SampleFigures> MakeSampleFigures(const EnergyModel& model, ModelSamples samples,
                                                const ComparedData& data, uint64_t seed, int threads) {
  const ConstMatrix states = std::as_const(samples.states).view();
  EBM_ASSIGN_OR_RETURN(const RowScores scores, ScoreRows(model, states, "samples", threads));
  SampleFigures figures{.drawn = {},
                        .class_counts = CountClasses(scores.logits),
                        .row_class_counts = CountClasses(data.held_out_scores.logits),
                        .mean_log_density = MeanFigure(scores.log_density, seed),
                        .row_mean_log_density = MeanFigure(data.held_out_scores.log_density, seed)};
  if (states.rows() >= 2 && data.held_out.rows() >= 2) {
    EBM_ASSIGN_OR_RETURN(figures.test, Test(states, data.held_out, seed));
  }
  if (data.training.has_value()) figures.nearest = LookUp(states, data.held_out, *data.training, threads);
  figures.drawn = std::move(samples);
  return figures;
}

}  // namespace ebm
