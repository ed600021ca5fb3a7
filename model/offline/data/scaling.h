// The choice of a scaling from data units to the network's (model/spec/data_column.h).

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

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_SCALING_H_
