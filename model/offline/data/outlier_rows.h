// Outliers made from rows of data. A density that is to detect outliers must give them lower scores than data
// (Hendrycks & Gimpel 2017, arXiv:1610.02136; Ren et al. 2019, arXiv:1906.02845).
//
//   uniform noise   every value uniform on the data's range
//   constant        one value for the whole row, or for each channel of a picture, uniform on the data's range
//   shuffled        the row's own values in a random order, another one for every row; a pixel's channels stay together
//   inverted        minimum + maximum - x, with the range of the value's column: dark becomes light
//   flipped         columns (horizontally) or lines (vertically) of the picture in reverse, channel by channel
//   rotated         both, a half turn
//   interpolated    the mean of the row and another row, drawn at random, in scaled units
//   permuted        every column's value from a row of its own, drawn at random
//
// Where columns have units of their own, as in a table, there are noise and permuted rows; otherwise, and for pictures
// with a column for each channel, all but permuted ones. Values are in scaled units (data_column.h). Noise and
// constants are whole multiples of a column's step where it is above 0; if the range contains no such multiple, they
// are continuous. Rows of levels stay rows of levels: every value is the nearest one.
//
// Threads: free functions, reentrant. All draws are those of kEvaluation (random.h), by seed, row and kind.

#ifndef EBM_MODEL_OFFLINE_DATA_OUTLIER_ROWS_H_
#define EBM_MODEL_OFFLINE_DATA_OUTLIER_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm {

enum class OutlierKind : uint32_t {
  kUniformNoise = 0,
  kConstant = 1,
  kShuffled = 2,
  kInverted = 3,
  kFlippedHorizontally = 4,
  kFlippedVertically = 5,
  kRotated180 = 6,
  kInterpolated = 7,
  kPermutedColumns = 8
};

// All kinds that can be made from rows of the spec: flips and the half turn need an image's shape.
std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec);

// A name for figures and files, "uniform_noise".
std::string NameOf(OutlierKind kind);

// Row i is made from row i of `rows`: [n, D], scaled units. A single row is interpolated with itself.
// REQUIRES: rows of the spec's dimension; an image's shape where the kind is among those that need it.
MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_OUTLIER_ROWS_H_
