// The metadata section `partition` of a checkpoint, field by field (checkpoint_fields.h). Internal to this folder.

#ifndef EBM_MODEL_CHECKPOINT_PARTITION_FIELDS_H_
#define EBM_MODEL_CHECKPOINT_PARTITION_FIELDS_H_

#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "model/checkpoint/maybe_const.h"
#include "model/scoring/partition_estimate.h"

namespace ebm {

template <typename Visitor, MaybeConst<PartitionEstimate> Estimate>
void VisitMethod(Visitor& visitor, Estimate& estimate) {
  std::string method = NameOf(estimate.method);
  visitor.OptionalField("method", method, std::string(NameOf(PartitionMethod::kAnnealing)));
  if constexpr (!std::is_const_v<Estimate>) {
    if (method == NameOf(PartitionMethod::kExact)) estimate.method = PartitionMethod::kExact;
    if (method == NameOf(estimate.method)) return;
    visitor.Fail(absl::InvalidArgumentError("method is \"" + method + "\"; the known ones are: ais, exact"));
  }
}

template <typename Visitor, MaybeConst<PartitionEstimate> Estimate>
void VisitFields(Visitor& visitor, Estimate& estimate) {
  VisitMethod(visitor, estimate);
  visitor.Field("log_z", estimate.log_z);
  visitor.Field("standard_error", estimate.standard_error);
  visitor.Field("effective_sample_size", estimate.effective_sample_size);
  visitor.Field("reverse_log_z", estimate.reverse_log_z);
  visitor.Field("chains", estimate.chains);
  visitor.Field("steps", estimate.steps);
  visitor.Field("seed", estimate.seed);
  visitor.Field("base", estimate.base);
  visitor.Field("box_lower", estimate.box_lower);
  visitor.Field("box_upper", estimate.box_upper);
  visitor.Field("temperature", estimate.temperature);
  visitor.OptionalField("lower_bound", estimate.lower_bound, {});
  visitor.OptionalField("upper_bound", estimate.upper_bound, {});
  visitor.OptionalField("lower_method", estimate.lower_method, {});
  visitor.OptionalField("upper_method", estimate.upper_method, {});
}

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_PARTITION_FIELDS_H_
