// What the columns of a model's data are, and how a value of each becomes coordinates of the network.
//
// A row has C values in data units; the network sees D coordinates in scaled units (row_codec.h):
//
//   continuous, whole number   one coordinate, scale * x + offset
//   with a power transform     one coordinate, outer.scale * psi(scale * x + offset; lambda) + outer.offset
//   binary                     one coordinate, scale * i + offset with i the index of the value, 0 or 1
//   category of V values       V coordinates, scale * [i = j] + offset for j = 0 to V - 1
//   label, ignored             none: columns of the file that a row does not have
//
// So in the domain of real numbers. In the domain of levels, each value has one coordinate, the number of its level:
//
//   numbers with a step        (x - minimum) / step, from 0 to levels - 1; scale * x + offset is about the same
//   numbers with a threshold   1 if x is at least the threshold, otherwise 0; minimum and maximum are their values
//   binary, category           i, the index of the value
//
// psi is the transform of Yeo & Johnson (2000, "A new family of power transformations to improve normality or
// symmetry", Biometrika 87). For lambda from 0 to 2 it maps the real numbers onto themselves.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_DATA_COLUMN_H_
#define EBM_MODEL_SPEC_DATA_COLUMN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

// scale is never 0.
struct DataScaling {
  float scale = 1.0F;
  float offset = 0.0F;

  float ToScaled(float value) const { return scale * value + offset; }
  float ToData(float scaled) const { return (scaled - offset) / scale; }

  friend bool operator==(const DataScaling&, const DataScaling&) = default;
};

// The values that the data can take, in data units.
struct DataRange {
  float minimum = 0.0F;
  float maximum = 1.0F;

  friend bool operator==(const DataRange&, const DataRange&) = default;
};

struct PowerTransform {
  float lambda = 1.0F;  // 0 to 2; 1 is the identity
  DataScaling outer;    // of psi's value

  friend bool operator==(const PowerTransform&, const PowerTransform&) = default;
};

// How far a value may be from that of its level, in steps; beside what float32 rounds.
inline constexpr float kLevelTolerance = 1e-3F;

// What coordinates are. All input columns of a model have the domain of its family (network_spec.h).
enum class Domain {
  kReal,   // real numbers; data with a step are dequantised: ln p is a density
  kLevels  // whole numbers: ln p is the logarithm of a probability
};

enum class ColumnKind { kContinuous, kWholeNumber, kBinary, kCategory, kLabel, kIgnored };

// "continuous", "whole_number", ...
const char* NameOf(ColumnKind kind);
absl::StatusOr<ColumnKind> FindColumnKind(absl::string_view name);

// A value of a category or of a binary column.
struct CategoryValue {
  std::string name;
  float code = 0.0F;  // what a row holds for it: the number that is the name, or the index among the column's values

  friend bool operator==(const CategoryValue&, const CategoryValue&) = default;
};

struct DataColumn {
  std::string name;  // empty: the data had no header
  ColumnKind kind = ColumnKind::kContinuous;
  DataRange range;
  DataScaling scaling;
  std::optional<PowerTransform> power;  // only for continuous columns and whole numbers without a step
  // The values are multiples of this step, in data units (1: whole numbers); 0: they are continuous. If there is a
  // step, the model's density is that of x + u, u uniform on half a step to either side (dequantisation). 1 for
  // categories and binary columns, whose coordinates have such a u.
  float step = 0.0F;
  // Only for numbers in the domain of levels, of which there are two then: any number is one of them.
  std::optional<float> threshold = {};
  std::vector<CategoryValue> values;  // of a category or binary column
  Domain domain = Domain::kReal;

  bool is_input() const { return kind != ColumnKind::kLabel && kind != ColumnKind::kIgnored; }
  bool is_categorical() const { return kind == ColumnKind::kBinary || kind == ColumnKind::kCategory; }
  int64_t coordinates() const;  // of one value
  int64_t levels() const;       // the number of a coordinate's levels; 0 in the domain of real numbers

  friend bool operator==(const DataColumn&, const DataColumn&) = default;
};

// For a column of numbers in the domain of levels: the number of a value's level, or nothing for a value that is none
// of the levels, or not finite; the value of a level; and how far a value may be from that of its level, in data units.
std::optional<float> LevelOf(const DataColumn& column, float value);
double ValueOfLevel(const DataColumn& column, double level);
double ToleranceOf(const DataColumn& column, float value);

// The scaling of an input column in the domain of levels. REQUIRES: a step above 0.
DataScaling ScalingToLevels(const DataColumn& column);

// Whether the columns are one that has no more than a range, a scaling and a step, and describes all values alike.
bool ArePlain(const std::vector<DataColumn>& columns);

// The column that describes each of a row's values, [values]: inputs that are fewer describe equal parts of the row.
// REQUIRES: the number of inputs is above 0 and divides `values`.
std::vector<const DataColumn*> ColumnsOfValues(const std::vector<DataColumn>& columns, int64_t values);

// "column 3" or "column 'width'"; index counts from 0.
std::string Describe(const DataColumn& column, int64_t index);

// InvalidArgument with the field, the value and the limit.
absl::Status CheckColumn(const DataColumn& column, int64_t index);

// psi, its inverse, and ln psi'. Computed in double, since the inverse of a large value loses digits otherwise.
double YeoJohnson(double value, double lambda);
double InverseYeoJohnson(double value, double lambda);
double LogDerivativeOfYeoJohnson(double value, double lambda);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_DATA_COLUMN_H_
