// Between a row of values in data units and the network's coordinates in scaled units (data_column.h).
//
// row: [C], the values of the spec's input columns, in data units. x: [D], scaled units. C is spec.num_values(), D is
// spec.dimension(). If there is one input column, it describes every value; if there are fewer than C, as for the
// channels of a picture, each describes C / columns consecutive values.
//
// Threads: free functions, reentrant. They do not allocate, but for errors.

#ifndef EBM_MODEL_SPEC_ROW_CODEC_H_
#define EBM_MODEL_SPEC_ROW_CODEC_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm {

// A column's values in a row, and their coordinates.
struct ColumnPlace {
  int64_t index = 0;  // in the spec's columns
  int64_t first_value = 0;
  int64_t values = 1;
  int64_t first_coordinate = 0;
  int64_t coordinates = 1;  // of all values together
};

// Calls visit(const DataColumn&, const ColumnPlace&) for every input column. REQUIRES: a valid spec.
template <typename Visit>
void ForEachColumn(const ModelSpec& spec, Visit visit) {
  ColumnPlace place;
  place.values = spec.num_values() / spec.num_input_columns();
  for (const DataColumn& column : spec.columns) {
    place.coordinates = place.values * column.coordinates();
    if (column.is_input()) {
      visit(column, place);
      place.first_value += place.values;
      place.first_coordinate += place.coordinates;
    }
    ++place.index;
  }
}

// What is done with a missing value, which is NaN.
enum class MissingValues {
  kRefused,
  kKept  // all its coordinates are NaN
};

// InvalidArgument for a value that is not finite before or after scaling, or that is none of the codes of a category or
// none of the levels. It names the column or, if that has no name, the index of the value, from 0.
absl::Status EncodeRow(const ModelSpec& spec, std::span<const float> row, std::span<float> x,
                       MissingValues missing = MissingValues::kRefused);

// The inverse. Categories become the code of their largest coordinate, binary columns, whole numbers and levels the
// nearest value. REQUIRES: no coordinate is NaN.
void DecodeRow(const ModelSpec& spec, std::span<const float> x, std::span<float> row);

// The same for one value of a column, x: [column.coordinates()]. REQUIRES of Encode: a finite value, which is one of
// the codes of a categorical column or one of the levels.
void EncodeValue(const DataColumn& column, float value, std::span<float> x);
float DecodeValue(const DataColumn& column, std::span<const float> x);

// [n, C] -> [n, D], and back. Errors begin with "row N: ", N from 1.
absl::StatusOr<MatrixBuffer> EncodeRows(const ModelSpec& spec, ConstMatrix rows,
                                        MissingValues missing = MissingValues::kRefused);
MatrixBuffer DecodeRows(const ModelSpec& spec, ConstMatrix x);

// InvalidArgument, with the coordinate, its value and the limit, for an x of levels that has another number; NaN may be
// kept. Real coordinates may have any. x: [D].
absl::Status CheckLevels(const ModelSpec& spec, std::span<const float> x,
                         MissingValues missing = MissingValues::kRefused);

// The nearest levels of coordinates in the domain of levels; others are left as they are. x: [D].
void RoundToLevels(const ModelSpec& spec, std::span<float> x);

// [2, D], scaled units: every column's least value, and every column's greatest. Without a meaning
// for categories.
MatrixBuffer EncodedRanges(const ModelSpec& spec);

// ln of the volume that a unit of data volume has in scaled units at x, so that the density in data units is
// ln p(x) + LogVolume(x): the sum of ln |d x / d row|. A category's unit of volume is that of its noise u. Coordinates
// that are NaN are left out: the result is then for the density of the known values. Levels have probabilities in both
// units, and count as 0.
double LogVolume(const ModelSpec& spec, std::span<const float> x);

// The values of a row that are known, that is, whose coordinates in x are not NaN.
struct KnownValues {
  int64_t count = 0;
  // The sum of ln of the step of their column, in data units; columns without a step, and of levels, count as 1. A row
  // of whole numbers and categories has the probability exp(ln density + log_cell).
  double log_cell = 0;
};
KnownValues KnownValuesOf(const ModelSpec& spec, std::span<const float> x);

// The log_cell of a complete row.
double LogCell(const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_ROW_CODEC_H_
