#include "model/offline/train/choose_outlier_score.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/finite.h"
#include "model/core/random.h"
#include "model/offline/data/outlier_rows.h"
#include "model/offline/statistics/ranking.h"
#include "model/scoring/outlier_score.h"

namespace ebm {
namespace {

constexpr double kWeights[] = {0, 1, 4};

// Each quantity of some rows: [quantities][n].
using Columns = std::vector<std::vector<float>>;

std::vector<std::string> QuantitiesOf(const EnergyModel& model) {
  std::vector<std::string> names = {kLogDensityQuantity, kMaxLogProbabilityQuantity};
  if (model.base_density() != nullptr) names.emplace_back(kLogRatioQuantity);
  return names;
}

Columns Measure(const std::vector<std::string>& quantities, const EnergyModel& model, ConstMatrix rows) {
  const MeasuredRows measured(model, rows);
  Columns columns;
  columns.reserve(quantities.size());
  for (const std::string& quantity : quantities) columns.push_back(OutlierQuantity(quantity, measured.scored()));
  return columns;
}

// Whether a quantity with these values can rank rows and be standardised.
bool CanRankRows(const std::vector<float>& column) {
  const auto [lowest, highest] = std::ranges::minmax(column);
  return AllFinite(column) && lowest != highest;
}

// Adds `quantity` to the score, standardised by the column.
void AddQuantity(const std::string& quantity, const std::vector<float>& column, OutlierScore& score) {
  double mean = 0;
  for (const float value : column) mean += value / static_cast<double>(column.size());
  double squares = 0;
  for (const float value : column) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(column.size() - 1));
  score.quantities.push_back(quantity);
  score.weights.push_back(0);
  score.means.push_back(mean);
  score.deviations.push_back(deviation);
}

// Sets the weights of a candidate: the digits of its number, in the base of the number of possible weights.
void SetWeights(size_t candidate, OutlierScore& score) {
  for (double& weight : score.weights) {
    weight = kWeights[candidate % std::size(kWeights)];
    candidate /= std::size(kWeights);
  }
}

// nullopt if the score of an outlier is NaN (infinities that cancel), because such a row cannot be ranked.
std::optional<double> MeanArea(const OutlierScore& score, const Columns& inside, const std::vector<Columns>& outside) {
  const std::vector<float> data = WeightedSums(score, inside);
  double sum = 0;
  for (const Columns& columns : outside) {
    const std::vector<float> made = WeightedSums(score, columns);
    if (std::ranges::any_of(made, [](float value) { return std::isnan(value); })) return std::nullopt;
    sum += AreaUnderCurve(data, made);
  }
  return sum / static_cast<double>(outside.size());
}

OutlierScore WithoutZeroWeights(const OutlierScore& score) {
  OutlierScore taken;
  for (size_t j = 0; j < score.quantities.size(); ++j) {
    if (score.weights[j] == 0) continue;
    taken.quantities.push_back(score.quantities[j]);
    taken.weights.push_back(score.weights[j]);
    taken.means.push_back(score.means[j]);
    taken.deviations.push_back(score.deviations[j]);
  }
  return taken;
}

}  // namespace

absl::StatusOr<OutlierScore> ChooseOutlierScore(const ModelSpec& spec, const EnergyModel& model, ConstMatrix rows,
                                                uint64_t seed) {
  if (rows.rows() < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("choosing an outlier score needs at least 2 rows; there are ", rows.rows()));
  }
  const std::vector<std::string> known = QuantitiesOf(model);
  Columns measured = Measure(known, model, rows);
  Columns inside;
  OutlierScore all;
  for (size_t j = 0; j < known.size(); ++j) {
    if (!CanRankRows(measured[j])) continue;
    AddQuantity(known[j], measured[j], all);
    inside.push_back(std::move(measured[j]));
  }
  if (all.quantities.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("no outlier score can be chosen: ", absl::StrJoin(known, ", "),
                                                   " are each not finite, or the same, on all ", rows.rows(), " rows"));
  }

  const std::vector<std::string>& quantities = all.quantities;
  std::vector<Columns> outside;
  for (const OutlierKind kind : OutlierKindsFor(spec)) {
    const MatrixBuffer made = MakeOutliers(kind, spec, rows, DeriveSeed(seed, static_cast<uint32_t>(kind)));
    outside.push_back(Measure(quantities, model, made.view()));
  }
  OutlierScore best;
  std::optional<double> best_area;  // unset: less than any area
  size_t candidates = 1;
  for (size_t j = 0; j < quantities.size(); ++j) candidates *= std::size(kWeights);
  for (size_t candidate = 1; candidate < candidates; ++candidate) {
    SetWeights(candidate, all);
    const std::optional<double> area = MeanArea(all, inside, outside);
    if (area > best_area) std::tie(best, best_area) = std::pair(all, area);
  }
  if (!best_area) return absl::InvalidArgumentError("every outlier score is NaN on some row made from the data");
  return WithoutZeroWeights(best);
}

}  // namespace ebm
