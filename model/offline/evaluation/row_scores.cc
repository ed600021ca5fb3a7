#include "model/offline/evaluation/row_scores.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/euclidean_norm.h"
#include "model/core/row_slices.h"
#include "model/scoring/missing_values.h"
#include "model/scoring/outlier_score.h"
#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

constexpr int64_t kRowsWithGapsAtOnce = 512;

void FillGradientNorms(const LogDensityGradient& model, ConstMatrix x, std::span<float> log_density,
                       std::span<float> negative_norms) {
  MatrixBuffer gradient(x.rows(), x.cols());
  const std::vector<int32_t> classes(static_cast<size_t>(x.rows()), kNoClass);
  model.Evaluate(x, classes, log_density, gradient.view());
  for (int64_t i = 0; i < x.rows(); ++i) negative_norms[i] = -EuclideanNorm(std::as_const(gradient).row(i));
}

// Computes all scores of rows [first, first + count).
void ScoreSlice(const EnergyModel& model, ConstMatrix x, int64_t first, int64_t count, RowScores& scores) {
  const ConstMatrix slice = x.rows_from(first, count);
  const std::span<float> log_density = std::span(scores.log_density).subspan(first, count);
  if (model.log_density_gradient() != nullptr) {
    FillGradientNorms(*model.log_density_gradient(), slice, log_density,
                      std::span(scores.negative_gradient_norm).subspan(first, count));
  }
  model.class_logits()->Logits(slice, scores.logits.view().rows_from(first, count), log_density);
  if (model.base_density() != nullptr) {
    LogRatios(*model.base_density(), slice, log_density, std::span(scores.log_density_ratio).subspan(first, count));
  }
  for (int64_t i = 0; i < count; ++i) {
    const RowOutcome outcome = JudgeRow(std::as_const(scores.logits).row(first + i), 0);
    if (!scores.max_softmax.empty()) scores.max_softmax[first + i] = static_cast<float>(outcome.top_log_probability);
  }
}

RowScores EmptyScores(const EnergyModel& model, int64_t n) {
  const int64_t num_classes = model.class_logits()->num_classes();
  return {.logits = MatrixBuffer(n, num_classes),
          .log_density = std::vector<float>(n),
          .max_softmax = std::vector<float>(num_classes > 1 ? n : 0),  // the same for all rows otherwise
          .negative_gradient_norm = std::vector<float>(model.log_density_gradient() == nullptr ? 0 : n),
          .log_density_ratio = std::vector<float>(model.base_density() == nullptr ? 0 : n),
          .outlier_score = {}};
}

RowScores ScoreComplete(const EnergyModel& model, ConstMatrix x, int threads) {
  RowScores scores = EmptyScores(model, x.rows());
  ForEachSlice(x.rows(), threads,
               [&](int64_t /*slice*/, int64_t first, int64_t count) { ScoreSlice(model, x, first, count, scores); });
  return scores;
}

// Combines the draws of rows with missing values, as described in model/scoring/missing_values.h.
RowFigures CombinedFigures(const EnergyModel& model, ConstMatrix x, int threads) {
  const CompletedRows completed = CompleteRows(*model.base_density(), x);
  const ConstMatrix rows(completed.rows.data(), completed.first.back(), x.cols());
  RowScores scores = ScoreComplete(model, rows, threads);
  return CombineDraws(completed, {.logits = scores.logits.values(),
                                  .log_density = std::move(scores.log_density),
                                  .log_ratio = std::move(scores.log_density_ratio),
                                  .gradient_norm = std::move(scores.negative_gradient_norm),
                                  .comparable_log_density = {}});
}

// Block by block, since a row with gaps becomes many.
RowScores ScoreWithGaps(const EnergyModel& model, ConstMatrix x, int threads) {
  RowScores scores = EmptyScores(model, x.rows());
  for (int64_t first = 0; first < x.rows(); first += kRowsWithGapsAtOnce) {
    const int64_t count = std::min(kRowsWithGapsAtOnce, x.rows() - first);
    const RowFigures figures = CombinedFigures(model, x.rows_from(first, count), threads);
    std::ranges::copy(figures.logits, scores.logits.row(first).begin());
    std::ranges::copy(figures.comparable_log_density, scores.log_density.begin() + first);
    std::ranges::copy(figures.log_ratio, scores.log_density_ratio.begin() + first);
    std::ranges::copy(figures.gradient_norm, scores.negative_gradient_norm.begin() + first);
  }
  for (int64_t i = 0; i < std::ssize(scores.max_softmax); ++i) {
    const RowOutcome outcome = JudgeRow(std::as_const(scores.logits).row(i), 0);
    scores.max_softmax[i] = static_cast<float>(outcome.top_log_probability);
  }
  return scores;
}

absl::Status CheckFinite(const RowScores& scores, absl::string_view name) {
  for (int64_t i = 0; i < scores.rows(); ++i) {
    for (const ScoreKind& kind : KindsOf(scores)) {
      const float score = (scores.*kind.values)[i];
      if (std::isfinite(score)) continue;
      return absl::InvalidArgumentError(absl::StrCat(name, ": row ", i + 1, ": the model's ", kind.name, " is ", score,
                                                     "; only rows with finite scores can be ranked"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<ScoreKind> KindsOf(const RowScores& scores) {
  std::vector<ScoreKind> kinds;
  for (const ScoreKind& kind : kScoreKinds) {
    if (!(scores.*kind.values).empty()) kinds.push_back(kind);
  }
  return kinds;
}

absl::StatusOr<RowScores> ScoreRows(const EnergyModel& model, ConstMatrix x, absl::string_view name, int threads,
                                    const OutlierScore* outlier_score) {
  const bool has_gaps = model.base_density() != nullptr && HasMissing(x.values());
  RowScores scores = has_gaps ? ScoreWithGaps(model, x, threads) : ScoreComplete(model, x, threads);
  if (outlier_score != nullptr) {
    scores.outlier_score = OutlierScores(
        *outlier_score,
        {.logits = scores.logits.view(), .log_density = scores.log_density, .log_ratio = scores.log_density_ratio});
  }
  const absl::Status finite = CheckFinite(scores, name);
  if (!finite.ok()) return finite;
  return scores;
}

}  // namespace ebm
