// Rows that resemble data and are none, made from rows of data: what a score of "is this like the data?" is chosen and
// judged by, where nobody has real outliers.
//
// Rows are [n, D] in scaled units. All randomness is keyed by the seed. Threads: free functions, reentrant.

#ifndef EBM_MODEL_DATA_OUTLIER_ROWS_H_
#define EBM_MODEL_DATA_OUTLIER_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/core/model_spec.h"

namespace ebm {

enum class OutlierKind {
  kUniformNoise,         // uniform on the data's range, in whole steps where the data has one
  kConstant,             // one such value for the whole row
  kShuffled,             // each row's coordinates in an order of its own
  kInverted,             // minimum + maximum - x, in data units
  kFlippedHorizontally,  // images: left to right
  kFlippedVertically,    // images: upside down
  kRotated,              // images: by half a turn
  kInterpolated,         // the mean of a row and the one after it
};

// All; without those of images where the input has no image's shape.
std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec);

// "noise", "constant", ...
std::string NameOf(OutlierKind kind);

// As many rows as are given.
MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_DATA_OUTLIER_ROWS_H_
