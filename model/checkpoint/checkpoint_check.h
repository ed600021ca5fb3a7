// The conditions that a checkpoint must satisfy when it is written and when it is read.

#ifndef EBM_MODEL_CHECKPOINT_CHECKPOINT_CHECK_H_
#define EBM_MODEL_CHECKPOINT_CHECKPOINT_CHECK_H_

#include "absl/status/status.h"
#include "model/checkpoint/checkpoint.h"

namespace ebm {

// Names of the tensors in the file that are not the network's.
inline constexpr char kStartStates[] = "sampler.start_states";
inline constexpr char kStartClasses[] = "sampler.start_classes";
inline constexpr char kCalibrationScores[] = "calibration.scores";
inline constexpr char kLogDensityQuantiles[] = "evaluation.log_density_quantiles";

// InvalidArgument with the field or tensor, the value and the limit. MakeEnergyModel checks that the network's tensors
// fit the family.
absl::Status CheckCheckpoint(const Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CHECKPOINT_CHECK_H_
