// Conversion between data units and the network's units, and the choice of the scaling (model/spec/model_spec.h).

#ifndef EBM_MODEL_OFFLINE_DATA_SCALING_H_
#define EBM_MODEL_OFFLINE_DATA_SCALING_H_

#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The least and the greatest value. REQUIRES: at least one value.
DataRange RangeOf(ConstMatrix data);

// minimum -> -1, maximum -> 1. InvalidArgument if the range is empty: constant data has no scale.
absl::StatusOr<DataScaling> ScalingToUnitBox(const DataRange& range);

void ApplyScaling(const DataScaling& scaling, Matrix values);  // data units -> scaled units, in place
void UndoScaling(const DataScaling& scaling, Matrix values);   // scaled units -> data units, in place

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_SCALING_H_
