#include "model/offline/partition/exact_log_z.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "model/core/log_sum_exp.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

// States of a block, whose terms are added before the blocks are.
constexpr int64_t kLeastBlock = 1 << 12;
constexpr int64_t kMostBlocks = 1 << 16;

std::vector<double> Doubles(const NamedTensor& tensor) { return {tensor.values.begin(), tensor.values.end()}; }

// ln of a sum of exponentials whose terms come one by one.
class RunningLogSum {
 public:
  void Add(double term) {
    if (term > largest_) {
      sum_ = sum_ * std::exp(largest_ - term) + 1;
      largest_ = term;
    } else {
      sum_ += std::exp(term - largest_);
    }
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

double Softplus(double a) { return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))); }

struct Parameters {
  Parameters(const ModelSpec& spec, const std::vector<const NamedTensor*>& tensors)
      : indicators(spec),
        visible_bias(Doubles(*tensors[1])),
        hidden_bias(Doubles(*tensors[2])),
        weight(hidden_bias.size(), std::vector<double>(visible_bias.size())) {
    const std::vector<float>& values = tensors[0]->values;
    for (size_t s = 0; s < visible_bias.size(); ++s) {
      for (size_t j = 0; j < hidden_bias.size(); ++j) weight[j][s] = values[s * hidden_bias.size() + j];
    }
    if (tensors.size() == 3) return;
    class_weight = Doubles(*tensors[3]);
    class_bias = Doubles(*tensors[4]);
  }

  Indicators indicators;
  std::vector<double> visible_bias;         // b
  std::vector<double> hidden_bias;          // c
  std::vector<std::vector<double>> weight;  // W^T, [H][S]
  std::vector<double> class_weight;         // U, [K, H]; empty without classes
  std::vector<double> class_bias;           // d, [K]
};

// The logarithm of one term of the sum: h, and what depends on it, which changes unit by unit.
class HiddenState {
 public:
  HiddenState(const Parameters& parameters, int64_t bits)
      : parameters_(parameters), visible_(parameters.visible_bias), classes_(parameters.class_bias) {
    for (size_t j = 0; j < parameters.hidden_bias.size(); ++j) {
      if ((bits >> j & 1) != 0) Flip(j, 1);
    }
    bits_ = bits;
  }

  void Flip(size_t unit) {
    Flip(unit, (bits_ >> unit & 1) != 0 ? -1 : 1);
    bits_ ^= int64_t{1} << unit;
  }

  double LogTerm() const {
    const Indicators& indicators = parameters_.indicators;
    double sum = hidden_energy_;
    for (int64_t i = 0; i < indicators.coordinates(); ++i) {
      const double* logits = visible_.data() + indicators.first(i);
      sum += indicators.is_binary(i) ? Softplus(*logits)
                                     : LogSumExp({logits, static_cast<size_t>(indicators.levels()[i])});
    }
    return classes_.empty() ? sum : sum + LogSumExp(classes_);
  }

 private:
  void Flip(size_t unit, double sign) {
    hidden_energy_ += sign * parameters_.hidden_bias[unit];
    const std::vector<double>& weight = parameters_.weight[unit];
    for (size_t s = 0; s < visible_.size(); ++s) visible_[s] += sign * weight[s];
    const size_t hidden = parameters_.hidden_bias.size();
    for (size_t y = 0; y < classes_.size(); ++y) classes_[y] += sign * parameters_.class_weight[y * hidden + unit];
  }

  const Parameters& parameters_;
  std::vector<double> visible_;  // b + W h
  std::vector<double> classes_;  // d + U h
  double hidden_energy_ = 0;     // c . h
  int64_t bits_ = 0;
};

// The states numbered from `first` on, whose Gray codes differ from one to the next in the lowest set bit of the
// number.
double LogSumOfBlock(const Parameters& parameters, int64_t first, int64_t count) {
  HiddenState state(parameters, first ^ first >> 1);
  RunningLogSum sum;
  sum.Add(state.LogTerm());
  for (int64_t number = first + 1; number < first + count; ++number) {
    state.Flip(static_cast<size_t>(std::countr_zero(static_cast<uint64_t>(number))));
    sum.Add(state.LogTerm());
  }
  return sum.value();
}

}  // namespace

double ExactWork(const ModelSpec& spec) {
  const auto* const rbm = std::get_if<RbmSpec>(&spec.network);
  if (rbm == nullptr) return std::numeric_limits<double>::infinity();
  const int64_t classes = spec.num_classes() > 1 ? spec.num_classes() : 0;
  return std::exp2(static_cast<double>(rbm->hidden_units)) * static_cast<double>(Indicators(spec).count() + classes);
}

absl::StatusOr<double> ExactLogZ(const ModelSpec& spec, const std::vector<NamedTensor>& tensors, int threads,
                                 const AnnealingCallbacks& callbacks) {
  const double work = ExactWork(spec);
  if (!(work <= kMostExactWork)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the sum over all hidden states takes %.3g exponentials; at most %.3g are done, for about %d "
                        "hidden units of family %s",
                        work, kMostExactWork, 30, RbmSpec::kFamily));
  }
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  const Parameters parameters(spec, found);
  const int64_t states = int64_t{1} << parameters.hidden_bias.size();
  const int64_t block_states = std::max(kLeastBlock, states / kMostBlocks);
  const int64_t blocks = (states + block_states - 1) / block_states;
  std::vector<double> of_block(static_cast<size_t>(blocks));
  std::vector<absl::Status> statuses(static_cast<size_t>(blocks));
  ProgressMeter meter(callbacks, AnnealingStage::kAnnealing, static_cast<double>(blocks));
  RowWorkers(threads, 1).ForEachSlice(blocks, [&](int64_t block, int64_t /*first*/, int64_t /*count*/) {
    statuses[block] = meter.Advance(1);
    if (!statuses[block].ok()) return;
    of_block[block] =
        LogSumOfBlock(parameters, block * block_states, std::min(block_states, states - block * block_states));
  });
  for (const absl::Status& status : statuses) EBM_RETURN_IF_ERROR(status);
  const double log_z = LogSumExp(of_block);
  if (std::isfinite(log_z)) return log_z;
  return absl::FailedPreconditionError(absl::StrFormat("ln Z is %g; it must be finite", log_z));
}

}  // namespace ebm
