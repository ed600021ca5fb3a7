// ln Z of a checkpoint's model, as the checkpoint records it.
//
// Errors: InvalidArgument, a box that is none, with its values; what EstimatePartition says.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_PARTITION_CHECKPOINT_ESTIMATE_H_
#define EBM_MODEL_PARTITION_CHECKPOINT_ESTIMATE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/partition/estimator.h"

namespace ebm {

// What annealing begins with: the model's own base, or the uniform density on a box.
struct EstimateBase {
  std::string name;        // ModelSpec::base, or kUniformBase
  std::optional<Box> box;  // of the uniform base, scaled units
};

// The model's own where it stands on one. Else uniform: on the box that is asked for, or on the one around the range of
// the data, with half a data step more on either side, and the sampler's clamp where both its sides are set. So there
// is room for dequantised data and for every sample that the clamp keeps.
absl::StatusOr<EstimateBase> ChooseBase(const Checkpoint& checkpoint, const std::optional<Box>& box);

// model: the checkpoint's. options.box is the base's.
absl::StatusOr<PartitionResult> EstimateOn(const EstimateBase& base, const EnergyModel& model, PartitionOptions options,
                                           const AnnealingCallbacks& callbacks);

PartitionEstimate RecordOf(const PartitionResult& result, const EstimateBase& base, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_CHECKPOINT_ESTIMATE_H_
