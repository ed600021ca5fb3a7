#include "model/offline/partition/checkpoint_estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"

namespace ebm {
namespace {

// The range of a column's coordinates. scale may be negative.
Box RangeOf(const DataColumn& column) {
  const float beyond = column.step / 2;
  const DataRange range = column.is_categorical() ? DataRange{0, 1} : column.range;
  float one = column.scaling.ToScaled(range.minimum - beyond);
  float other = column.scaling.ToScaled(range.maximum + beyond);
  if (column.power.has_value()) {
    one = column.power->outer.ToScaled(static_cast<float>(YeoJohnson(one, column.power->lambda)));
    other = column.power->outer.ToScaled(static_cast<float>(YeoJohnson(other, column.power->lambda)));
  }
  return {std::min(one, other), std::max(one, other)};
}

// The least interval that holds the range of every coordinate in scaled units, widened by half a data step.
Box RangeOf(const ModelSpec& spec) {
  Box all = {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  for (const DataColumn& column : spec.columns) {
    if (!column.is_input()) continue;
    const Box range = RangeOf(column);
    all = {std::min(all.lower, range.lower), std::max(all.upper, range.upper)};
  }
  return all;
}

Box DefaultBox(const Checkpoint& checkpoint) {
  const Box data = RangeOf(checkpoint.spec);
  const SamplerSettings& sampler = checkpoint.sampler;
  if (!sampler.clamp_lower || !sampler.clamp_upper) return data;
  return {std::min(*sampler.clamp_lower, data.lower), std::max(*sampler.clamp_upper, data.upper)};
}

}  // namespace

absl::StatusOr<EstimateBase> ChooseBase(const Checkpoint& checkpoint, const std::optional<Box>& box) {
  if (!checkpoint.spec.base.empty()) {
    if (!box) return EstimateBase{.name = checkpoint.spec.base, .box = std::nullopt};
    return absl::InvalidArgumentError(
        absl::StrFormat("box: this model has the base density '%s', which has no box", checkpoint.spec.base));
  }
  const Box chosen = box.value_or(DefaultBox(checkpoint));
  if (std::isfinite(chosen.lower) && std::isfinite(chosen.upper) && chosen.lower < chosen.upper) {
    return EstimateBase{.name = kUniformBase, .box = chosen};
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("box: [%g, %g] is not two finite numbers in rising order", chosen.lower, chosen.upper));
}

absl::StatusOr<ChainWeights> WeighChainsOn(const EstimateBase& base, const EnergyModel& model, PartitionOptions options,
                                           const AnnealingCallbacks& callbacks) {
  options.box = base.box.value_or(Box());
  if (base.box) return WeighChains(model, UniformBase(model.dimension(), *base.box), options, callbacks);
  if (model.base_density() != nullptr) return WeighChains(model, *model.base_density(), options, callbacks);
  return absl::FailedPreconditionError(absl::StrFormat("this model does not have the base density '%s'", base.name));
}

PartitionEstimate RecordOf(const PartitionResult& result, const EstimateBase& base, uint64_t seed) {
  PartitionEstimate record{.log_z = result.forward.log_mean,
                           .standard_error = result.standard_error(),
                           .effective_sample_size = result.forward.effective_sample_size,
                           .reverse_log_z = result.reverse.log_mean,
                           .chains = result.chains,
                           .steps = result.steps,
                           .seed = seed,
                           .base = base.name};
  if (!base.box) return record;
  record.box_lower = base.box->lower;
  record.box_upper = base.box->upper;
  return record;
}

}  // namespace ebm
