#include "model/checkpoint/checkpoint_check.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "model/checkpoint/sampler_section.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

absl::Status Error(absl::string_view what, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", problem));
}

absl::Status CheckFinite(absl::string_view what, std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return Error(what, absl::StrCat("element ", i, " is ", values[i], ", not finite"));
  }
  return absl::OkStatus();
}

// What the sampler section of the format cannot express is refused before it is written.
absl::Status CheckSampler(const SamplerSettings& sampler, const ModelSpec& spec, bool has_buffer) {
  EBM_RETURN_IF_ERROR(sampler.Validate());
  const bool is_gibbs = std::holds_alternative<Gibbs>(sampler.kernel);
  const bool has_gradient = DomainOf(spec.network) == Domain::kReal;
  if (is_gibbs ? !HasBlockConditionals(spec.network) : !has_gradient) {
    return Error("sampler.kernel",
                 absl::StrCat(NameOf(sampler.kernel), " does not move chains of family ", spec.family()));
  }
  if (!IsWritable(sampler.kernel)) {
    return Error("sampler.kernel", absl::StrCat(NameOf(sampler.kernel), " cannot be a checkpoint's default"));
  }
  if (sampler.start == ChainStart::kGiven) return Error("sampler.start", "a checkpoint cannot hold given start states");
  if (sampler.start == ChainStart::kBuffer && !has_buffer) {
    return Error("sampler.start_from_buffer", absl::StrCat("there are no states in ", kStartStates));
  }
  if (sampler.start != ChainStart::kBase || !spec.base.empty()) return absl::OkStatus();
  return Error("sampler.start_from_base", "the model has no base density");
}

absl::Status CheckEvaluation(const Checkpoint& checkpoint) {
  for (const auto& [name, figure] : checkpoint.evaluation) {
    if (!std::isfinite(figure)) return Error(absl::StrCat("evaluation.", name), absl::StrCat(figure, " is not finite"));
  }
  if (!std::isfinite(checkpoint.provenance.wall_seconds)) return Error("provenance.wall_seconds", "not finite");
  const std::vector<float>& quantiles = checkpoint.log_density_quantiles;
  EBM_RETURN_IF_ERROR(CheckFinite(kLogDensityQuantiles, quantiles));
  if (quantiles.size() == 1) return Error(kLogDensityQuantiles, "1 quantile; none or at least 2 are allowed");
  if (!std::is_sorted(quantiles.begin(), quantiles.end())) return Error(kLogDensityQuantiles, "not in rising order");
  return absl::OkStatus();
}

absl::Status CheckBuffer(const Checkpoint& checkpoint) {
  const auto values = static_cast<int64_t>(checkpoint.start_states.size());
  const auto rows = static_cast<int64_t>(checkpoint.start_classes.size());
  if (values != rows * checkpoint.spec.dimension()) {
    return Error(kStartStates, absl::StrCat(values, " values for ", rows, " classes in ", kStartClasses, " and ",
                                            checkpoint.spec.dimension(), " coordinates per state"));
  }
  EBM_RETURN_IF_ERROR(CheckFinite(kStartStates, checkpoint.start_states));
  const ConstMatrix states(checkpoint.start_states.data(), rows, checkpoint.spec.dimension());
  for (int64_t row = 0; row < rows; ++row) {
    const absl::Status levels = CheckLevels(checkpoint.spec, states.row(row));
    if (!levels.ok()) return Error(kStartStates, absl::StrCat("row ", row, ": ", levels.message()));
  }
  for (const int32_t label : checkpoint.start_classes) {
    if (label == kNoClass || (label >= 0 && label < checkpoint.spec.num_classes())) continue;
    return Error(kStartClasses, absl::StrCat(label, " is neither ", kNoClass, " nor a class from 0 to ",
                                             checkpoint.spec.num_classes() - 1));
  }
  return absl::OkStatus();
}

// nullopt if a size is negative or the product overflows.
std::optional<int64_t> CountOf(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  return count;
}

absl::Status CheckTensor(const NamedTensor& tensor) {
  const std::string what = absl::StrCat("tensor '", tensor.name, "'");
  if (CountOf(tensor.shape) != static_cast<int64_t>(tensor.values.size())) {
    return Error(what, absl::StrCat("its shape does not match its ", tensor.values.size(), " values"));
  }
  return CheckFinite(what, tensor.values);
}

absl::Status CheckTensors(const std::vector<NamedTensor>& tensors) {
  std::set<absl::string_view> names = {
      "", "__metadata__", kStartStates, kStartClasses, kLogDensityQuantiles, kCalibrationScores};
  for (const NamedTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      return Error(absl::StrCat("tensor '", tensor.name, "'"), "the name is empty, reserved or used twice");
    }
    EBM_RETURN_IF_ERROR(CheckTensor(tensor));
  }
  return absl::OkStatus();
}

absl::Status CheckExact(const PartitionEstimate& estimate) {
  const bool has_no_run = estimate.standard_error == 0 && estimate.effective_sample_size == 0 && estimate.chains == 0 &&
                          estimate.steps == 0 && estimate.reverse_log_z == estimate.log_z;
  if (has_no_run) return absl::OkStatus();
  return Error("partition",
               "the method is exact; standard_error, effective_sample_size, chains and steps must be 0, and "
               "reverse_log_z must be log_z");
}

absl::Status CheckBoundMethod(const char* field, const std::string& method) {
  constexpr const char* kMethods[] = {"", "maximum", "mean_field", "tree_reweighted", "perturb_and_map"};
  if (std::ranges::find(kMethods, method) != std::end(kMethods)) return absl::OkStatus();
  return Error(field, absl::StrCat("'", method, "' is not known; the known ones are:", absl::StrJoin(kMethods, " ")));
}

absl::Status CheckBounds(const PartitionEstimate& estimate) {
  constexpr double kRounding = 1e-6;  // of two bounds that are both tight
  if (estimate.lower_bound.has_value() == estimate.lower_method.empty() ||
      estimate.upper_bound.has_value() == estimate.upper_method.empty()) {
    return Error("partition", "lower_bound and lower_method, and upper_bound and upper_method, must be there together");
  }
  for (const std::optional<double>& bound : {estimate.lower_bound, estimate.upper_bound}) {
    if (bound.has_value() && !std::isfinite(*bound)) return Error("partition", "a bound is not finite");
  }
  if (estimate.method == PartitionMethod::kExact) {
    const double slack = kRounding * (1 + std::abs(estimate.log_z));
    if (estimate.lower_bound.value_or(estimate.log_z) > estimate.log_z + slack ||
        estimate.upper_bound.value_or(estimate.log_z) < estimate.log_z - slack) {
      return Error("partition", absl::StrCat("log_z is exact, ", estimate.log_z, ", and not between its bounds"));
    }
  }
  EBM_RETURN_IF_ERROR(CheckBoundMethod("partition.lower_method", estimate.lower_method));
  EBM_RETURN_IF_ERROR(CheckBoundMethod("partition.upper_method", estimate.upper_method));
  if (!estimate.lower_bound.has_value() || !estimate.upper_bound.has_value()) return absl::OkStatus();
  if (*estimate.lower_bound <= *estimate.upper_bound + kRounding * (1 + std::abs(*estimate.upper_bound))) {
    return absl::OkStatus();
  }
  return Error("partition.lower_bound",
               absl::StrCat(*estimate.lower_bound, " is above upper_bound, ", *estimate.upper_bound));
}

absl::Status CheckPartitionFigures(const PartitionEstimate& estimate) {
  if (!std::isfinite(estimate.log_z)) return Error("partition.log_z", "not finite");
  if (!std::isfinite(estimate.reverse_log_z)) return Error("partition.reverse_log_z", "not finite");
  const double error = estimate.standard_error;
  if (!(std::isfinite(error) && error >= 0)) {
    return Error("partition.standard_error", absl::StrCat(error, " is not a finite number of at least 0"));
  }
  if (estimate.temperature != 1) {
    return Error("partition.temperature", absl::StrCat(estimate.temperature, " is not 1, the only supported value"));
  }
  if (estimate.method == PartitionMethod::kExact) return CheckExact(estimate);
  if (estimate.chains < 2) return Error("partition.chains", absl::StrCat(estimate.chains, " is below the limit of 2"));
  if (estimate.steps < 1) return Error("partition.steps", absl::StrCat(estimate.steps, " is below the limit of 1"));
  const double size = estimate.effective_sample_size;
  if (!(size >= 1 && size <= static_cast<double>(estimate.chains))) {
    return Error("partition.effective_sample_size",
                 absl::StrCat(size, " is not from 1 to the number of chains, ", estimate.chains));
  }
  return absl::OkStatus();
}

absl::Status CheckPartition(const PartitionEstimate& estimate, const ModelSpec& spec) {
  EBM_RETURN_IF_ERROR(CheckPartitionFigures(estimate));
  EBM_RETURN_IF_ERROR(CheckBounds(estimate));
  if (estimate.method == PartitionMethod::kExact && !HasBlockConditionals(spec.network)) {
    return Error("partition.method", absl::StrCat("exact, which family ", spec.family(), " has no sum for"));
  }
  // Without a base density, an estimate is over a box; an exact value is over all x.
  const bool is_exact = estimate.method == PartitionMethod::kExact;
  const std::string base = spec.base.empty() && !is_exact ? kUniformBase : spec.base;
  if (estimate.base != base) {
    return Error("partition.base", absl::StrCat("'", estimate.base, "' is not this model's, '", base, "'"));
  }
  const bool has_box = base == kUniformBase;
  if (estimate.box_lower.has_value() != has_box || estimate.box_upper.has_value() != has_box) {
    return Error("partition.box_lower and box_upper",
                 absl::StrCat("the base '", base, "' has ", has_box ? "a" : "no", " box"));
  }
  if (!has_box) return absl::OkStatus();
  const float box[] = {*estimate.box_lower, *estimate.box_upper};
  EBM_RETURN_IF_ERROR(CheckFinite("partition.box_lower and box_upper", box));
  if (box[0] < box[1]) return absl::OkStatus();
  return Error("partition.box_lower", absl::StrCat(box[0], " is not below box_upper, ", box[1]));
}

absl::Status CheckOutlierScore(const OutlierScore& score, const ModelSpec& spec) {
  const size_t count = score.quantities.size();
  if (count == 0) return Error("calibration.quantities", "none; at least 1 is needed");
  if (score.weights.size() != count || score.means.size() != count || score.deviations.size() != count) {
    return Error("calibration.weights, means and deviations",
                 absl::StrCat("not one for each of ", count, " quantities"));
  }
  for (size_t j = 0; j < count; ++j) {
    const std::string& quantity = score.quantities[j];
    const bool ratio = quantity == kLogRatioQuantity;
    if (!ratio && quantity != kLogDensityQuantity && quantity != kMaxLogProbabilityQuantity) {
      return Error("calibration.quantities", absl::StrCat("'", quantity, "' is not known"));
    }
    if (ratio && spec.base.empty()) {
      return Error("calibration.quantities",
                   absl::StrCat("'", quantity, "' needs a base density, but the model has none"));
    }
    if (!std::isfinite(score.weights[j]) || !std::isfinite(score.means[j])) {
      return Error("calibration.weights and means", absl::StrCat("those of ", quantity, " are not finite"));
    }
    if (!(std::isfinite(score.deviations[j]) && score.deviations[j] > 0)) {
      return Error("calibration.deviations", absl::StrCat(score.deviations[j], " is not a finite number above 0"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCalibration(const Checkpoint& checkpoint) {
  const std::vector<float>& scores = checkpoint.calibration_scores;
  if (!checkpoint.calibration.has_value()) {
    return scores.empty() ? absl::OkStatus() : Error(kCalibrationScores, "there is no calibration in the metadata");
  }
  const double temperature = checkpoint.calibration->class_temperature;
  if (!(std::isfinite(temperature) && temperature > 0)) {
    return Error("calibration.class_temperature", absl::StrCat(temperature, " is not a finite number above 0"));
  }
  EBM_RETURN_IF_ERROR(CheckOutlierScore(checkpoint.calibration->outlier_score, checkpoint.spec));
  if (scores.empty()) return Error(kCalibrationScores, "none, but there is a calibration in the metadata");
  EBM_RETURN_IF_ERROR(CheckFinite(kCalibrationScores, scores));
  return std::is_sorted(scores.begin(), scores.end()) ? absl::OkStatus()
                                                      : Error(kCalibrationScores, "not in rising order");
}

}  // namespace

absl::Status CheckCheckpoint(const Checkpoint& checkpoint) {
  EBM_RETURN_IF_ERROR(checkpoint.spec.Validate());
  EBM_RETURN_IF_ERROR(CheckSampler(checkpoint.sampler, checkpoint.spec, !checkpoint.start_classes.empty()));
  EBM_RETURN_IF_ERROR(CheckEvaluation(checkpoint));
  EBM_RETURN_IF_ERROR(CheckBuffer(checkpoint));
  if (checkpoint.partition) EBM_RETURN_IF_ERROR(CheckPartition(*checkpoint.partition, checkpoint.spec));
  EBM_RETURN_IF_ERROR(CheckCalibration(checkpoint));
  return CheckTensors(checkpoint.tensors);
}

}  // namespace ebm
