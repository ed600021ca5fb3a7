#include "model/offline/partition/checkpoint_estimate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace ebm {
namespace {

// The range of the data in scaled units, widened by half a data step. scale may be negative.
Box RangeOf(const ModelSpec& spec) {
  const float beyond = spec.data_step / 2;
  const float one = spec.scaling.ToScaled(spec.data_range.minimum - beyond);
  const float other = spec.scaling.ToScaled(spec.data_range.maximum + beyond);
  return {std::min(one, other), std::max(one, other)};
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

absl::StatusOr<PartitionResult> EstimateOn(const EstimateBase& base, const EnergyModel& model, PartitionOptions options,
                                           const AnnealingCallbacks& callbacks) {
  options.box = base.box.value_or(Box());
  if (base.box) return EstimatePartition(model, UniformBase(model.dimension(), *base.box), options, callbacks);
  if (model.base_density() != nullptr) return EstimatePartition(model, *model.base_density(), options, callbacks);
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
