#include "server/inference/explanation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/spec/row_codec.h"

namespace ebm::inference {
namespace {

constexpr int64_t kMostPerTask = 1024;
constexpr int64_t kFewestPerTask = 16;
constexpr int64_t kFloatsPerTask = 1 << 18;

int64_t EvaluationsPerRow(const ModelSpec& spec) {
  const CandidateGrid grid = CandidateGridFor(spec.num_values());
  int64_t evaluations = 0;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    evaluations += place.values * MostCandidates(column, grid);
  });
  return evaluations;
}

}  // namespace

absl::Status CheckExplanation(int64_t rows, const ModelSpec& spec, const RequestLimits& limits) {
  const int64_t per_row = EvaluationsPerRow(spec);
  const int64_t limit = limits.max_explanation_evaluations;
  if (rows <= limit / per_row) return absl::OkStatus();
  const int64_t most_rows = limit / per_row;
  const std::string remedy = most_rows == 0 ? "this model's rows have too many values"
                                            : absl::StrCat("send at most ", most_rows, " rows per request");
  return absl::InvalidArgumentError(absl::StrCat("inputs: explaining ", rows, rows == 1 ? " row" : " rows", " takes ",
                                                 rows * per_row, " evaluations, must be at most ", limit, "; ",
                                                 remedy));
}

int64_t CandidatesPerTask(int64_t dimension) {
  return std::clamp(kFloatsPerTask / dimension, kFewestPerTask, kMostPerTask);
}

uint64_t BytesOfExplanation(int64_t rows, const ModelSpec& spec) {
  constexpr int64_t kNumbersPerValue = 4;  // as given, best, its density, the centre
  constexpr int64_t kTrialNumbers = 4;     // size of a trial, in floats
  const int64_t task = CandidatesPerTask(spec.dimension()) * (spec.dimension() + kTrialNumbers);
  const int64_t state = rows * (spec.dimension() + 1 + spec.num_values() * kNumbersPerValue);
  return static_cast<uint64_t>(task + state) * sizeof(float);
}

Explanation::Explanation(const ModelSpec& spec, ExplainedRows explained)
    : grid_(CandidateGridFor(spec.num_values())), dimension_(spec.dimension()), explained_(std::move(explained)) {
  places_.reserve(static_cast<size_t>(spec.num_values()));
  ForEachColumn(spec, [this](const DataColumn& column, const ColumnPlace& place) {
    for (int64_t i = 0; i < place.values; ++i) {
      places_.push_back({.column = &column, .first_coordinate = place.first_coordinate + i * column.coordinates()});
    }
  });
  best_values_ = explained_.values;
  centres_ = best_values_;
  best_density_.reserve(best_values_.size());
  for (const float density : explained_.log_density) {
    best_density_.insert(best_density_.end(), places_.size(), density);
  }
}

std::vector<float> Explanation::NextRows(int64_t most) {
  std::vector<float> rows;
  trials_.clear();
  while (std::ssize(trials_) < most && Advance()) {
    if (trials_.empty()) rows.reserve(static_cast<size_t>(most * dimension_));
    AppendTrial(rows);
  }
  return rows;
}

bool Explanation::Advance() {
  while (candidate_ == candidates_.size()) {
    if (next_entry_ == best_values_.size()) {
      // The results of a round decide where the next one looks.
      if (round_ == grid_.refinements || !trials_.empty()) return false;
      ++round_;
      next_entry_ = 0;
      centres_ = best_values_;
    }
    entry_ = next_entry_++;
    FindCandidates();
  }
  return true;
}

void Explanation::FindCandidates() {
  candidate_ = 0;
  candidates_.clear();
  const float centre = centres_[entry_];
  if (std::isnan(centre)) return;  // missing
  candidates_ = CandidateValues(*places_[entry_ % places_.size()].column, grid_, round_, centre);
  std::erase(candidates_, centre);
}

void Explanation::AppendTrial(std::vector<float>& rows) {
  const float value = candidates_[candidate_++];
  const auto row = explained_.rows.begin() + static_cast<ptrdiff_t>(entry_ / places_.size()) * dimension_;
  const auto begin = rows.insert(rows.end(), row, row + dimension_);
  const auto& [column, first] = places_[entry_ % places_.size()];
  EncodeValue(*column, value, std::span(begin + first, static_cast<size_t>(column->coordinates())));
  trials_.push_back({.entry = entry_, .value = value});
}

void Explanation::Take(std::span<const float> log_density) {
  for (size_t i = 0; i < trials_.size(); ++i) {
    const auto& [entry, value] = trials_[i];
    if (!std::isfinite(log_density[i]) || log_density[i] <= best_density_[entry]) continue;
    best_density_[entry] = log_density[i];
    best_values_[entry] = value;
  }
}

ColumnRises Explanation::Result() && {
  std::vector<float> rises = std::move(best_density_);
  for (size_t entry = 0; entry < rises.size(); ++entry) {
    rises[entry] -= explained_.log_density[entry / places_.size()];
    if (std::isnan(explained_.values[entry])) rises[entry] = std::numeric_limits<float>::quiet_NaN();
  }
  return {.rises = std::move(rises), .best_values = std::move(best_values_)};
}

}  // namespace ebm::inference
