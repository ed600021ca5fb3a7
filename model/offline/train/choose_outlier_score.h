// Choosing an outlier score (outlier_score.h) without outliers: it chooses the candidate that best distinguishes rows
// of data from outliers made of them (model/offline/data/outlier_rows.h), by the mean area under the receiver operating
// characteristic over all kinds of outliers. Candidates are all weighted sums of the quantities with weights 0, 1 and
// 4: if one quantity misses only a few kinds, a small share of another finds those without changing the rest much.
//
// The rows must not be used for anything but this choice: the calibration scores of p-values (conformal.h) come from
// other rows.

#ifndef EBM_MODEL_OFFLINE_TRAIN_CHOOSE_OUTLIER_SCORE_H_
#define EBM_MODEL_OFFLINE_TRAIN_CHOOSE_OUTLIER_SCORE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/scoring/calibration.h"
#include "model/spec/model_spec.h"

namespace ebm {

// rows: [n, D] of data, scaled units. The seed keys the outliers made. Errors: InvalidArgument for fewer than two rows,
// and if a quantity is not finite or is the same on all of them.
absl::StatusOr<OutlierScore> ChooseOutlierScore(const ModelSpec& spec, const EnergyModel& model, ConstMatrix rows,
                                                uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_CHOOSE_OUTLIER_SCORE_H_
