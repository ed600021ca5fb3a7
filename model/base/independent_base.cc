#include "model/base/independent_base.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "model/core/finite.h"
#include "model/core/log_sum_exp.h"
#include "model/core/status_macros.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

// Independent levels given some of them.
class RemainingLevels final : public ConditionalDensity {
 public:
  RemainingLevels(const IndependentBase& base, std::span<const float> x)
      : base_(base), x_(x.begin(), x.end()), log_marginal_(base.LogMarginal(x)) {}

  double log_marginal() const override { return log_marginal_; }
  void Draw(uint64_t seed, uint32_t chain, std::span<float> x) const override {
    std::vector<float> filled = x_;
    base_.DrawLevels({.seed = seed, .stream = RandomStream::kMissingValue, .chain = chain},
                     IndependentBase::Which::kMissing, filled);
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x_[i])) x[i] = filled[i];
    }
  }

 private:
  const IndependentBase& base_;
  const std::vector<float> x_;
  const double log_marginal_;
};

// ln b of each level of a coordinate.
std::vector<double> LogProbabilities(const Indicators& indicators, int64_t coordinate,
                                     std::span<const float> site_logits) {
  std::vector<double> values;
  for (int64_t level = 0; level < indicators.levels()[coordinate]; ++level) {
    const int64_t indicator = indicators.At(coordinate, level);
    values.push_back(indicator < 0 ? 0 : double{site_logits[indicator]});
  }
  const double log_total = LogSumExp(values);
  for (double& value : values) value -= log_total;
  return values;
}

}  // namespace

absl::StatusOr<std::unique_ptr<IndependentBase>> IndependentBase::Create(const ModelSpec& spec,
                                                                         const std::vector<NamedTensor>& tensors) {
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindBase(spec, tensors));
  if (!AllFinite(found[0]->values)) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", kBaseSiteLogits, " has a value that is not finite"));
  }
  return std::make_unique<IndependentBase>(Indicators(spec), found[0]->values);
}

std::vector<double> IndicatorMeans(const Indicators& indicators, std::span<const float> site_logits) {
  std::vector<double> means(static_cast<size_t>(indicators.count()));
  for (int64_t i = 0; i < indicators.coordinates(); ++i) {
    const std::vector<double> log_probabilities = LogProbabilities(indicators, i, site_logits);
    for (int64_t level = 0; level < std::ssize(log_probabilities); ++level) {
      const int64_t indicator = indicators.At(i, level);
      if (indicator >= 0) means[indicator] = std::exp(log_probabilities[level]);
    }
  }
  return means;
}

IndependentBase::IndependentBase(const Indicators& indicators, std::span<const float> site_logits)
    : site_logits_(site_logits.begin(), site_logits.end()) {
  first_.push_back(0);
  for (int64_t i = 0; i < indicators.coordinates(); ++i) {
    double below = 0;
    for (const double log_probability : LogProbabilities(indicators, i, site_logits)) {
      log_probabilities_.push_back(log_probability);
      below += std::exp(log_probability);
      cumulative_.push_back(static_cast<float>(below));
    }
    cumulative_.back() = 1;
    first_.push_back(std::ssize(cumulative_));
  }
}

double IndependentBase::LogMarginal(std::span<const float> x) const {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) continue;
    if (!IsLevel(x[i], first_[i + 1] - first_[i])) return std::numeric_limits<double>::quiet_NaN();
    sum += log_probabilities_[first_[i] + static_cast<int64_t>(x[i])];
  }
  return sum;
}

void IndependentBase::Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                               [[maybe_unused]] Matrix gradient) const {
  assert(gradient.rows() == 0);
  for (int64_t row = 0; row < x.rows(); ++row) {
    const bool is_known = AllFinite(x.row(row));
    log_density[row] = is_known ? static_cast<float>(LogMarginal(x.row(row))) : std::numeric_limits<float>::quiet_NaN();
  }
}

void IndependentBase::DrawLevels(const RandomKey& key, Which which, std::span<float> x) const {
  std::vector<float> uniform(x.size());
  FillUniform(key, uniform);
  for (size_t i = 0; i < x.size(); ++i) {
    if (which == Which::kMissing && !std::isnan(x[i])) continue;
    const auto levels = std::span(cumulative_).subspan(first_[i], first_[i + 1] - first_[i]);
    x[i] = static_cast<float>(std::ranges::upper_bound(levels, uniform[i]) - levels.begin());
  }
}

void IndependentBase::Draw(uint64_t seed, uint32_t first_chain, int32_t /*target_class*/, Matrix states) const {
  for (int64_t row = 0; row < states.rows(); ++row) {
    const uint32_t chain = first_chain + static_cast<uint32_t>(row);
    DrawLevels({.seed = seed, .stream = RandomStream::kBaseDraw, .chain = chain}, Which::kAll, states.row(row));
  }
}

std::unique_ptr<ConditionalDensity> IndependentBase::Given(std::span<const float> x, int32_t /*target_class*/) const {
  return std::make_unique<RemainingLevels>(*this, x);
}

}  // namespace ebm
