// Choosing an outlier score (outlier_score.h) without outliers: the candidate that best tells rows of data from rows
// made of them (model/data/outlier_rows.h) wins, by the mean area under the receiver operating curve over all kinds.
// Candidates are every quantity alone and every sum of several, where one may weigh four times another: where one of
// them misses few kinds, a small share of another finds those and leaves the rest as it was.
//
// The rows serve for choosing only. A p-value (conformal.h) takes its calibration scores from rows that were never
// here.

#ifndef EBM_MODEL_CALIBRATION_CHOOSE_OUTLIER_SCORE_H_
#define EBM_MODEL_CALIBRATION_CHOOSE_OUTLIER_SCORE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/core/model_spec.h"

namespace ebm {

// rows: [n, D] of data, scaled units. The seed keys the made rows. Errors: InvalidArgument for fewer than two rows, and
// where a quantity is not finite or the same on all of them.
absl::StatusOr<OutlierScore> ChooseOutlierScore(const ModelSpec& spec, const EnergyModel& model, ConstMatrix rows,
                                                uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_CALIBRATION_CHOOSE_OUTLIER_SCORE_H_
