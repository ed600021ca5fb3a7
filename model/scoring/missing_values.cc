#include "model/scoring/missing_values.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/core/log_sum_exp.h"

namespace ebm {
namespace {

constexpr uint64_t kSeed = 0x6d697373696e67;  // any; fixed, so that a row always has the same figures

int64_t CountMissing(std::span<const float> row) {
  return std::ranges::count_if(row, [](float value) { return std::isnan(value); });
}

// The draws of one row.
class Draws {
 public:
  Draws(const CompletedRows& completed, const RowFigures& figures, int64_t row)
      : figures_(figures),
        first_(completed.first[row]),
        count_(completed.draws(row)),
        log_marginal_(completed.log_marginal[row]),
        classes_(static_cast<int64_t>(figures.logits.size() / figures.log_density.size())) {}

  // ln p~(x_o, y).
  double LogJoint(int64_t y) const {
    std::vector<double> terms(count_);
    for (int64_t j = 0; j < count_; ++j) terms[j] = figures_.logits[(first_ + j) * classes_ + y] - LogBase(j);
    return log_marginal_ + LogSumExp(terms) - std::log(static_cast<double>(count_));
  }

  std::vector<double> Weights() const {
    const std::span<const float> ratios = std::span(figures_.log_ratio).subspan(first_, count_);
    const double largest = std::ranges::max(ratios);
    std::vector<double> weights(count_);
    double sum = 0;
    for (int64_t j = 0; j < count_; ++j) sum += weights[j] = std::exp(ratios[j] - largest);
    for (double& weight : weights) weight /= sum;
    return weights;
  }

  float Mean(std::span<const double> weights, const std::vector<float>& quantity) const {
    return Mean(weights, quantity, 1, 0);
  }
  // The mean of one column of a quantity of so many columns.
  float Mean(std::span<const double> weights, const std::vector<float>& quantity, int64_t columns,
             int64_t column) const {
    double mean = 0;
    for (int64_t j = 0; j < count_; ++j) mean += weights[j] * quantity[(first_ + j) * columns + column];
    return static_cast<float>(mean);
  }

 private:
  double LogBase(int64_t j) const { return double{figures_.log_density[first_ + j]} - figures_.log_ratio[first_ + j]; }

  const RowFigures& figures_;
  const int64_t first_;
  const int64_t count_;
  const double log_marginal_;
  const int64_t classes_;
};

int64_t HiddenUnits(const RowFigures& figures) {
  return static_cast<int64_t>(figures.hidden_means.size() / figures.log_density.size());
}

void AppendRow(const RowFigures& from, int64_t row, RowFigures& to) {
  const auto classes = static_cast<int64_t>(from.logits.size() / from.log_density.size());
  const auto logits = from.logits.begin() + row * classes;
  to.logits.insert(to.logits.end(), logits, logits + classes);
  to.log_density.push_back(from.log_density[row]);
  to.comparable_log_density.push_back(from.log_density[row]);
  to.log_ratio.push_back(from.log_ratio[row]);
  if (!from.gradient_norm.empty()) to.gradient_norm.push_back(from.gradient_norm[row]);
  const auto means = from.hidden_means.begin() + row * HiddenUnits(from);
  to.hidden_means.insert(to.hidden_means.end(), means, means + HiddenUnits(from));
}

void AppendMeans(const Draws& draws, const RowFigures& from, RowFigures& to) {
  const auto classes = static_cast<int64_t>(from.logits.size() / from.log_density.size());
  std::vector<double> joint(classes);
  for (int64_t y = 0; y < classes; ++y) {
    joint[y] = draws.LogJoint(y);
    to.logits.push_back(static_cast<float>(joint[y]));
  }
  const std::vector<double> weights = draws.Weights();
  to.log_density.push_back(static_cast<float>(LogSumExp(joint)));
  to.comparable_log_density.push_back(draws.Mean(weights, from.log_density));
  to.log_ratio.push_back(draws.Mean(weights, from.log_ratio));
  if (!from.gradient_norm.empty()) to.gradient_norm.push_back(draws.Mean(weights, from.gradient_norm));
  const int64_t units = HiddenUnits(from);
  for (int64_t j = 0; j < units; ++j) to.hidden_means.push_back(draws.Mean(weights, from.hidden_means, units, j));
}

}  // namespace

bool HasMissing(std::span<const float> row) { return CountMissing(row) > 0; }

// A Gaussian's conditional density takes W (x - mu), the block A^T A and its factor; of independent levels, only those
// that are missing are drawn.
CompletionCost CostOfRow(int64_t dimension, int64_t missing, int64_t gaussians) {
  if (missing == 0) return {.rows = 1};
  const auto d = static_cast<double>(dimension);
  const auto m = static_cast<double>(missing);
  if (gaussians == kNoGaussians) return {.rows = kDrawsPerRow, .operations = d * kDrawsPerRow};
  const auto count = static_cast<double>(gaussians);
  return {.rows = kDrawsPerRow, .operations = count * d * (d + m * m) / 2, .bytes = count * m * m * sizeof(double)};
}

CompletionCost CostOfCompletion(ConstMatrix rows, int64_t gaussians) {
  CompletionCost cost;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const CompletionCost of_row = CostOfRow(rows.cols(), CountMissing(rows.row(i)), gaussians);
    cost.rows += of_row.rows;
    cost.operations += of_row.operations;
    cost.bytes = std::max(cost.bytes, of_row.bytes);
  }
  return cost;
}

CompletedRows CompleteRows(const BaseDensity& base, ConstMatrix rows) {
  CompletedRows completed;
  completed.rows.reserve(CostOfCompletion(rows, 1).rows * rows.cols());
  completed.first.reserve(rows.rows() + 1);
  completed.log_marginal.reserve(rows.rows());
  completed.first.push_back(0);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const std::span<const float> row = rows.row(i);
    std::unique_ptr<ConditionalDensity> given;
    if (HasMissing(row)) given = base.Given(row, kNoClass);
    completed.log_marginal.push_back(given == nullptr ? 0 : given->log_marginal());
    const int64_t draws = given == nullptr ? 1 : kDrawsPerRow;
    completed.first.push_back(completed.first.back() + draws);
    for (int64_t j = 0; j < draws; ++j) {
      const auto begin = completed.rows.insert(completed.rows.end(), row.begin(), row.end());
      if (given != nullptr) given->Draw(kSeed, static_cast<uint32_t>(j), {begin, completed.rows.end()});
    }
  }
  return completed;
}

RowFigures CombineDraws(const CompletedRows& completed, const RowFigures& of_draws) {
  RowFigures combined;
  for (int64_t row = 0; row + 1 < std::ssize(completed.first); ++row) {
    if (completed.draws(row) == 1) {
      AppendRow(of_draws, completed.first[row], combined);
    } else {
      AppendMeans(Draws(completed, of_draws, row), of_draws, combined);
    }
  }
  return combined;
}

}  // namespace ebm
