// ln Z of a checkpoint's model, as the checkpoint records it.
//
// Errors: InvalidArgument with the bounds of a box if they are not finite or not in rising order; those of
// WeighChains.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_PARTITION_CHECKPOINT_ESTIMATE_H_
#define EBM_MODEL_OFFLINE_PARTITION_CHECKPOINT_ESTIMATE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/offline/partition/chain_weights.h"
#include "model/offline/partition/estimator.h"

namespace ebm {

// The base density that annealing starts from: the model's own, or the uniform density on a box.
struct EstimateBase {
  std::string name;        // ModelSpec::base, or kUniformBase
  std::optional<Box> box;  // the uniform base's, scaled units

  friend bool operator==(const EstimateBase&, const EstimateBase&) = default;
};

// The model's own base density if it has one. Otherwise the uniform density on the given box or, if none is given, on
// the smallest box that holds the data's range widened by half a data step on either side, and the sampler's clamp if
// both its bounds are set: it contains dequantised data and every clamped sample.
absl::StatusOr<EstimateBase> ChooseBase(const Checkpoint& checkpoint, const std::optional<Box>& box);

// model: the checkpoint's. base.box replaces options.box.
absl::StatusOr<ChainWeights> WeighChainsOn(const EstimateBase& base, const EnergyModel& model, PartitionOptions options,
                                           const AnnealingCallbacks& callbacks);

PartitionEstimate RecordOf(const PartitionResult& result, const EstimateBase& base, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_CHECKPOINT_ESTIMATE_H_
