#include "model/offline/data/scaling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr DataScaling kCategoryScaling = {.scale = 2, .offset = -1};
constexpr double kLambdaStep = 0.125;  // finer ones change the likelihood of a few hundred rows by less than its error
constexpr double kLargestLambda = 2;

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments MomentsOf(std::span<const double> values) {
  Moments moments;
  for (const double value : values) moments.mean += value / static_cast<double>(values.size());
  for (const double value : values) {
    moments.variance += (value - moments.mean) * (value - moments.mean) / static_cast<double>(values.size());
  }
  return moments;
}

// Normal densities of the classes after a transform, with one variance.
class ClassNormals {
 public:
  ClassNormals(const ColumnSample& sample, double lambda) : lambda_(lambda) {
    std::map<int32_t, std::vector<double>> members;
    for (size_t i = 0; i < sample.values.size(); ++i) {
      members[sample.classes[i]].push_back(YeoJohnson(sample.values[i], lambda));
    }
    for (const auto& [label, values] : members) {
      const Moments moments = MomentsOf(values);
      means_[label] = moments.mean;
      const double share = static_cast<double>(values.size()) / static_cast<double>(sample.values.size());
      variance_ += share * moments.variance;
    }
  }

  // ln of the density of a value before the transform; that of the first class for one without training rows.
  double LogDensity(double value, int32_t label) const {
    const auto found = means_.find(label);
    const double mean = found == means_.end() ? means_.begin()->second : found->second;
    const double distance = YeoJohnson(value, lambda_) - mean;
    return -0.5 * (distance * distance / variance_ + std::log(2 * std::numbers::pi * variance_)) +
           LogDerivativeOfYeoJohnson(value, lambda_);
  }

  bool is_proper() const { return variance_ > 0; }

 private:
  double lambda_;
  std::map<int32_t, double> means_;
  double variance_ = 0;
};

double MeanLogDensity(const ClassNormals& normals, const ColumnSample& sample) {
  double sum = 0;
  for (size_t i = 0; i < sample.values.size(); ++i) sum += normals.LogDensity(sample.values[i], sample.classes[i]);
  return sum / static_cast<double>(sample.values.size());
}

double BestLambda(const ColumnSample& train) {
  double best = 1;
  double highest = -std::numeric_limits<double>::infinity();
  for (double lambda = 0; lambda <= kLargestLambda; lambda += kLambdaStep) {
    const ClassNormals normals(train, lambda);
    if (!normals.is_proper()) return 1;
    const double mean = MeanLogDensity(normals, train);
    if (mean <= highest) continue;
    best = lambda;
    highest = mean;
  }
  return best;
}

// The known values of a column.
ColumnSample SampleOf(const LabelledData& data, int64_t value) {
  ColumnSample sample;
  sample.values.reserve(static_cast<size_t>(data.rows.rows()));
  sample.classes.reserve(static_cast<size_t>(data.rows.rows()));
  for (int64_t r = 0; r < data.rows.rows(); ++r) {
    const float number = data.rows.row(r)[static_cast<size_t>(value)];
    if (std::isnan(number)) continue;
    sample.values.push_back(number);
    sample.classes.push_back(data.labels[static_cast<size_t>(r)]);
  }
  return sample;
}

// mean 0, deviation 1. A constant column keeps its unit.
DataScaling ToStandard(const Moments& moments, double step) {
  const double variance = moments.variance + step * step / 12;
  const double scale = moments.variance > 0 ? 1 / std::sqrt(variance) : 1;
  return {.scale = static_cast<float>(scale), .offset = static_cast<float>(-moments.mean * scale)};
}

void Standardise(const LabelledData& train, const LabelledData& validation, int64_t value, DataColumn& column) {
  ColumnSample sample = SampleOf(train, value);
  if (sample.values.empty()) return;
  column.scaling = ToStandard(MomentsOf(sample.values), column.step);
  if (column.step > 0) return;
  ColumnSample held_out = SampleOf(validation, value);
  for (ColumnSample* const part : {&sample, &held_out}) {
    for (double& number : part->values) number = column.scaling.ToScaled(static_cast<float>(number));
  }
  const float lambda = ChoosePower(sample, held_out);
  if (lambda == 1) return;
  for (double& number : sample.values) number = YeoJohnson(number, lambda);
  column.power = PowerTransform{.lambda = lambda, .outer = ToStandard(MomentsOf(sample.values), 0)};
}

// A column with one value: its range is that value and the next, since a unit needs two levels.
void UseLevelsOfConstant(ConstMatrix rows, int64_t value, DataColumn& column) {
  const DataRange range = RangeOf(rows, value, 1);
  if (range.minimum == range.maximum) column.range = {range.minimum, range.minimum + column.step};
}

// Labels and ignored columns get the domain, too, since a spec requires it of all its columns.
absl::Status UseLevels(ConstMatrix rows, std::vector<DataColumn>& columns) {
  const bool has_one_each = std::ranges::count_if(columns, &DataColumn::is_input) == rows.cols();
  int64_t value = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    DataColumn& column = columns[i];
    column.domain = Domain::kLevels;
    if (!column.is_input()) continue;
    if (column.kind == ColumnKind::kWholeNumber && column.step == 0) column.step = 1;
    if (column.step == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          Describe(column, static_cast<int64_t>(i)),
          " has numbers without a step; a model of levels needs categories, whole numbers or --data_step"));
    }
    column.power.reset();
    if (has_one_each && !column.is_categorical() && !column.threshold.has_value()) {
      UseLevelsOfConstant(rows, value, column);
    }
    column.scaling = ScalingToLevels(column);
    ++value;
  }
  return absl::OkStatus();
}

}  // namespace

DataRange RangeOf(ConstMatrix data) { return RangeOf(data, 0, data.cols()); }

DataRange RangeOf(ConstMatrix data, int64_t first, int64_t count) {
  DataRange range = {INFINITY, -INFINITY};
  for (int64_t r = 0; r < data.rows(); ++r) {
    for (const float value : data.row(r).subspan(first, count)) {
      if (std::isnan(value)) continue;
      range.minimum = std::min(range.minimum, value);
      range.maximum = std::max(range.maximum, value);
    }
  }
  return range;
}

absl::StatusOr<DataScaling> ScalingToUnitBox(const DataRange& range) {
  if (!(range.minimum < range.maximum)) {
    return absl::InvalidArgumentError(absl::StrCat("the data range from ", range.minimum, " to ", range.maximum,
                                                   " is empty: constant data cannot be scaled"));
  }
  // In double, because the difference of two floats can overflow a float.
  const double width = static_cast<double>(range.maximum) - range.minimum;
  const double middle = (static_cast<double>(range.maximum) + range.minimum) / 2;
  return DataScaling{.scale = static_cast<float>(2 / width), .offset = static_cast<float>(-2 * middle / width)};
}

float ChoosePower(const ColumnSample& train, const ColumnSample& validation) {
  if (train.values.empty() || validation.values.empty()) return 1;
  const double lambda = BestLambda(train);
  if (lambda == 1) return 1;
  const ClassNormals with(train, lambda);
  const ClassNormals without(train, 1);
  const auto gains = [&](const ColumnSample& sample) {
    return MeanLogDensity(with, sample) - MeanLogDensity(without, sample) > kLeastGain;
  };
  return gains(train) && gains(validation) ? static_cast<float>(lambda) : 1.0F;
}

absl::Status UseThreshold(float threshold, std::vector<DataColumn>& columns) {
  const auto has_numbers = [](const DataColumn& column) { return column.is_input() && !column.is_categorical(); };
  DataRange range = {INFINITY, -INFINITY};
  for (const DataColumn& column : columns) {
    if (!has_numbers(column)) continue;
    range.minimum = std::min(range.minimum, column.range.minimum);
    range.maximum = std::max(range.maximum, column.range.maximum);
  }
  if (!(threshold > range.minimum && threshold <= range.maximum)) {
    return absl::InvalidArgumentError(absl::StrCat("binary_threshold is ", threshold, "; the columns of numbers range ",
                                                   "from ", range.minimum, " to ", range.maximum,
                                                   ", and both sides of it need values"));
  }
  for (DataColumn& column : columns) {
    if (!has_numbers(column)) continue;
    column.range = range;
    column.step = range.maximum - range.minimum;
    column.threshold = threshold;
  }
  return absl::OkStatus();
}

absl::Status ScaleColumns(ScalingKind kind, const LabelledData& train, const LabelledData& validation,
                          std::vector<DataColumn>& columns) {
  if (kind == ScalingKind::kLevels) return UseLevels(train.rows.view(), columns);
  int64_t value = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    DataColumn& column = columns[i];
    if (!column.is_input()) continue;
    if (column.is_categorical()) {
      column.scaling = kCategoryScaling;
    } else if (kind == ScalingKind::kStandardised) {
      Standardise(train, validation, value, column);
    } else {
      const absl::StatusOr<DataScaling> scaling = ScalingToUnitBox(column.range);
      if (!scaling.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(Describe(column, static_cast<int64_t>(i)), ": ", scaling.status().message()));
      }
      column.scaling = *scaling;
    }
    ++value;
  }
  return absl::OkStatus();
}

}  // namespace ebm
