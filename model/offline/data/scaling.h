// The choice of the scalings from data units to the network's (model/spec/data_column.h).
//
//   unit box       the least value of the training rows becomes -1, the greatest 1
//   levels         the number of the value's level, in the domain of levels (model/spec/data_column.h)
//   standardised   mean 0 and standard deviation 1 over the training rows, with the noise of dequantisation
//
// Binary columns and categories have coordinates of -1 and 1 in both. Where columns are standardised, one without a
// step gets a power transform if rows are more probable with it: with lambda the maximum-likelihood estimate on the
// training rows, under a normal density for each class with one variance (Yeo & Johnson 2000; Box & Cox 1964, section
// 4, for the model with groups), the mean log density must be higher than without by kLeastGain, both of the training
// rows and of the validation rows.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_SCALING_H_
#define EBM_MODEL_OFFLINE_DATA_SCALING_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"
#include "model/io/labelled_data.h"
#include "model/spec/data_column.h"

namespace ebm {

enum class ScalingKind { kUnitBox, kStandardised, kLevels };

inline constexpr double kLeastGain = 0.02;  // nats per row

// The least and the greatest known value. REQUIRES: at least one.
DataRange RangeOf(ConstMatrix data);
// The same of the columns [first, first + count).
DataRange RangeOf(ConstMatrix data, int64_t first, int64_t count);

// minimum -> -1, maximum -> 1. InvalidArgument if the range is empty: constant data has no scale.
absl::StatusOr<DataScaling> ScalingToUnitBox(const DataRange& range);

// Sets the scaling and the power transform of every input column. Rows: [n, C], data units. Of the columns, C are
// inputs or, but for standardised ones, as few as describe all values (row_codec.h). Errors: those of ScalingToUnitBox,
// with the column; InvalidArgument for a continuous column that should have levels.
absl::Status ScaleColumns(ScalingKind kind, const LabelledData& train, const LabelledData& validation,
                          std::vector<DataColumn>& columns);

// Gives all input columns of numbers two levels, below the threshold and from it on: the ends of their common range.
// InvalidArgument if that has no values on both sides of the threshold, or if there are no such columns.
absl::Status UseThreshold(float threshold, std::vector<DataColumn>& columns);

// Values and classes of one column.
struct ColumnSample {
  std::vector<double> values;
  std::vector<int32_t> classes;
};

// The lambda of the transform of standardised values, or 1 if they should stay as they are.
float ChoosePower(const ColumnSample& train, const ColumnSample& validation);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_SCALING_H_
