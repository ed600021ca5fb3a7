#include "model/offline/evaluation/outlier_figures.h"

#include <algorithm>

#include "model/offline/statistics/ranking.h"

namespace ebm {
namespace {

constexpr size_t kFiguresPerScore = 3;

// One ranking per score.
std::vector<Ranking> RankByEveryScore(const RowScores& data, const RowScores& outliers) {
  std::vector<Ranking> rankings;
  rankings.reserve(kScoreKinds.size());
  for (const ScoreKind& kind : KindsOf(data)) rankings.emplace_back(data.*kind.values, outliers.*kind.values);
  return rankings;
}

void CountInto(std::array<int64_t, kHistogramBins>& bins, std::span<const float> values, double lower, double width) {
  for (const float value : values) {
    const double bin = width > 0 ? (value - lower) / width * kHistogramBins : 0;
    ++bins[std::clamp(static_cast<int>(bin), 0, kHistogramBins - 1)];
  }
}

}  // namespace

PairedHistogram MakePairedHistogram(std::span<const float> data, std::span<const float> outliers) {
  const auto [data_lower, data_upper] = std::ranges::minmax(data);
  const auto [outlier_lower, outlier_upper] = std::ranges::minmax(outliers);
  PairedHistogram histogram{.lower = std::min(data_lower, outlier_lower), .upper = std::max(data_upper, outlier_upper)};
  CountInto(histogram.data, data, histogram.lower, histogram.upper - histogram.lower);
  CountInto(histogram.outliers, outliers, histogram.lower, histogram.upper - histogram.lower);
  return histogram;
}

OutlierFigures MakeOutlierFigures(const RowScores& data, const RowScores& outliers, Pairing pairing, uint64_t seed) {
  const std::vector<Ranking> rankings = RankByEveryScore(data, outliers);
  std::vector<int64_t> groups = {data.rows()};
  if (pairing == Pairing::kIndependent) groups.push_back(outliers.rows());
  const std::vector<Figure> figures = Bootstrap(groups, seed, [&](const ResampleCounts& counts) {
    std::vector<double> all;
    all.reserve(kFiguresPerScore * rankings.size());
    for (const Ranking& ranking : rankings) {
      const RankingFigures f = ranking.Figures(counts.front(), counts.back());
      all.insert(all.end(), {f.auroc, f.average_precision, f.fpr_at_95_tpr});
    }
    return all;
  });
  OutlierFigures result{
      .name = {}, .rows = outliers.rows(), .scores = {}, .log_density = {}, .examples = {}, .outlier_scores = {}};
  result.scores.reserve(rankings.size());
  for (size_t s = 0; s < rankings.size(); ++s) {
    const size_t first = kFiguresPerScore * s;
    result.scores.push_back({figures[first], figures[first + 1], figures[first + 2]});
  }
  result.log_density = MakePairedHistogram(data.log_density, outliers.log_density);
  return result;
}

}  // namespace ebm
