// Rows that resemble data and are none, made from rows that are: what a density must score below data for it to be of
// use in telling the two apart (Hendrycks & Gimpel 2017, arXiv:1610.02136; Ren et al. 2019, arXiv:1906.02845).
//
//   uniform noise   every value uniform on the data's range
//   constant        one value for the whole row, uniform on the data's range
//   shuffled        the row's own values in another order, another one for every row
//   inverted        minimum + maximum - x: dark is light
//   flipped         columns (horizontally) or lines (vertically) of the picture in reverse, channel by channel
//   rotated         both, a half turn
//   interpolated    the mean of the row and of another one, which is drawn
//
// Values are in scaled units (model_spec.h). Noise and constants are whole multiples of data_step where it is above 0;
// a range without such a multiple counts as continuous.
//
// Threads: free functions, reentrant. All draws are those of kEvaluation (random.h), by seed, row and kind.

#ifndef EBM_MODEL_DATA_OUTLIER_ROWS_H_
#define EBM_MODEL_DATA_OUTLIER_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/core/model_spec.h"

namespace ebm {

enum class OutlierKind : uint32_t {
  kUniformNoise = 0,
  kConstant = 1,
  kShuffled = 2,
  kInverted = 3,
  kFlippedHorizontally = 4,
  kFlippedVertically = 5,
  kRotated180 = 6,
  kInterpolated = 7
};

// All kinds that rows of the spec can be made into: flips and the half turn need an image's shape.
std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec);

// A name for figures and files, "uniform_noise".
std::string NameOf(OutlierKind kind);

// Row i is made from row i of `rows`: [n, D], scaled units. A single row is interpolated with itself.
// REQUIRES: rows of the spec's dimension; an image's shape where the kind is among those that need it.
MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_DATA_OUTLIER_ROWS_H_
