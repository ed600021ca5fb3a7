#include "model/spec/data_column.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr float kLargestLambda = 2.0F;

constexpr std::pair<ColumnKind, const char*> kKindNames[] = {
    {ColumnKind::kContinuous, "continuous"}, {ColumnKind::kWholeNumber, "whole_number"},
    {ColumnKind::kBinary, "binary"},         {ColumnKind::kCategory, "category"},
    {ColumnKind::kLabel, "label"},           {ColumnKind::kIgnored, "ignored"}};

absl::Status CheckRange(const DataRange& range) {
  const bool ordered = std::isfinite(range.minimum) && std::isfinite(range.maximum) && range.minimum < range.maximum;
  if (ordered) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("data_range is [", range.minimum, ", ", range.maximum,
                                                 "]; finite numbers in rising order are needed"));
}

absl::Status CheckScaling(absl::string_view field, const DataScaling& scaling) {
  if (std::isfinite(scaling.scale) && scaling.scale != 0.0F && std::isfinite(scaling.offset)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", scaling.scale, " * x + ", scaling.offset,
                                                 "; finite numbers and a scale other than 0 are needed"));
}

absl::Status CheckPower(const DataColumn& column) {
  if (!column.power.has_value()) return absl::OkStatus();
  if (column.is_categorical() || column.step != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("power is set; a ", NameOf(column.kind), " column with a data_step has no power transform"));
  }
  if (!(column.power->lambda >= 0 && column.power->lambda <= kLargestLambda)) {
    return absl::InvalidArgumentError(
        absl::StrCat("lambda is ", column.power->lambda, "; 0 to ", kLargestLambda, " is allowed"));
  }
  if (column.power->lambda == 1) return absl::InvalidArgumentError("lambda is 1, the identity; leave power unset");
  return CheckScaling("outer scaling", column.power->outer);
}

absl::Status CheckStep(const DataColumn& column) {
  if (std::isfinite(column.step) && column.step >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("data_step is ", column.step, "; a finite number of at least 0 is needed"));
}

absl::Status CheckValues(const DataColumn& column) {
  if (!column.is_categorical()) {
    if (column.values.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("values has ", column.values.size(), " entries; a ", NameOf(column.kind), " column has none"));
  }
  EBM_RETURN_IF_ERROR(CheckCount("values", column.values.size(), kMaxLevels));
  const bool has_two = column.values.size() == 2;
  if (column.values.size() < 2 || (column.kind == ColumnKind::kBinary && !has_two)) {
    return absl::InvalidArgumentError(absl::StrCat("values has ", column.values.size(), " entries; a ",
                                                   NameOf(column.kind), " column has ",
                                                   column.kind == ColumnKind::kBinary ? "2" : "at least 2"));
  }
  if (column.step != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("data_step is ", column.step, "; that of a ", NameOf(column.kind), " column is 1"));
  }
  std::set<absl::string_view> names;
  std::set<float> codes;
  for (const CategoryValue& value : column.values) {
    if (std::isfinite(value.code) && names.insert(value.name).second && codes.insert(value.code).second) continue;
    return absl::InvalidArgumentError(absl::StrCat("values holds '", value.name, "' with the code ", value.code,
                                                   "; names and codes must differ, and codes be finite"));
  }
  return absl::OkStatus();
}

// (maximum - minimum) / step, in double since the difference of two floats loses digits.
double StepsOf(const DataColumn& column) {
  return (double{column.range.maximum} - double{column.range.minimum}) / double{column.step};
}

// Whether two numbers are the same but for the rounding of whoever computed them.
bool AreClose(float a, float b) { return std::abs(a - b) <= kLevelTolerance * std::max(1.0F, std::abs(b)); }

// Whether the range is that of 2 to kMaxLevels levels, and the scaling that to their numbers.
absl::Status CheckRangeOfLevels(const DataColumn& column) {
  if (column.domain == Domain::kReal) return absl::OkStatus();
  if (column.step == 0 || column.power.has_value()) {
    return absl::InvalidArgumentError("data_step is 0 or power is set; levels need a data_step and no power transform");
  }
  const DataScaling expected = ScalingToLevels(column);
  if (!AreClose(column.scaling.scale, expected.scale) || !AreClose(column.scaling.offset, expected.offset)) {
    return absl::InvalidArgumentError(absl::StrCat("scaling is ", column.scaling.scale, " * x + ",
                                                   column.scaling.offset, "; that to levels is ", expected.scale,
                                                   " * x + ", expected.offset));
  }
  if (column.is_categorical()) return absl::OkStatus();
  const double steps = StepsOf(column);
  const double tolerance = ToleranceOf(column, column.range.maximum) / double{column.step};
  if (std::abs(steps - std::round(steps)) <= tolerance && std::round(steps) >= 1 && std::round(steps) < kMaxLevels) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("data_range is [", column.range.minimum, ", ", column.range.maximum,
                                                 "] in steps of ", column.step,
                                                 "; levels need a whole number of "
                                                 "steps, from 1 to ",
                                                 kMaxLevels - 1));
}

absl::Status CheckThreshold(const DataColumn& column) {
  if (!column.threshold.has_value()) return absl::OkStatus();
  const float threshold = *column.threshold;
  if (column.domain != Domain::kLevels || column.is_categorical() || column.levels() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("threshold is ", threshold, "; only numbers of two levels have a threshold"));
  }
  if (threshold > column.range.minimum && threshold <= column.range.maximum) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("threshold is ", threshold, "; it must be above ",
                                                 column.range.minimum, " and at most ", column.range.maximum));
}

absl::Status CheckInput(const DataColumn& column) {
  EBM_RETURN_IF_ERROR(CheckRange(column.range));
  EBM_RETURN_IF_ERROR(CheckScaling("scaling", column.scaling));
  EBM_RETURN_IF_ERROR(CheckStep(column));
  EBM_RETURN_IF_ERROR(CheckPower(column));
  EBM_RETURN_IF_ERROR(CheckValues(column));
  EBM_RETURN_IF_ERROR(CheckRangeOfLevels(column));
  return CheckThreshold(column);
}

}  // namespace

const char* NameOf(ColumnKind kind) {
  for (const auto& [known, name] : kKindNames) {
    if (known == kind) return name;
  }
  return "unknown";
}

absl::StatusOr<ColumnKind> FindColumnKind(absl::string_view name) {
  for (const auto& [kind, known] : kKindNames) {
    if (known == name) return kind;
  }
  return absl::InvalidArgumentError(absl::StrCat("kind is \"", name, "\"; the known ones are: continuous, ",
                                                 "whole_number, binary, category, label, ignored"));
}

int64_t DataColumn::coordinates() const {
  if (!is_input()) return 0;
  return kind == ColumnKind::kCategory && domain == Domain::kReal ? static_cast<int64_t>(values.size()) : 1;
}

int64_t DataColumn::levels() const {
  if (domain == Domain::kReal) return 0;
  return is_categorical() ? static_cast<int64_t>(values.size()) : std::llround(StepsOf(*this)) + 1;
}

double ToleranceOf(const DataColumn& column, float value) {
  constexpr double kRounding = 0x1p-22;  // of a float, a few times
  return kLevelTolerance * double{column.step} + kRounding * std::abs(double{value});
}

std::optional<float> LevelOf(const DataColumn& column, float value) {
  if (column.threshold.has_value()) {
    if (!std::isfinite(value)) return std::nullopt;
    return value >= *column.threshold ? 1.0F : 0.0F;
  }
  const double level = std::round((double{value} - double{column.range.minimum}) / double{column.step});
  if (!(level >= 0 && level < static_cast<double>(column.levels()))) return std::nullopt;  // also for NaN
  const double distance = std::abs(double{value} - ValueOfLevel(column, level));
  if (distance > ToleranceOf(column, value)) return std::nullopt;
  return static_cast<float>(level);
}

double ValueOfLevel(const DataColumn& column, double level) {
  return double{column.range.minimum} + level * double{column.step};
}

DataScaling ScalingToLevels(const DataColumn& column) {
  if (column.is_categorical()) return {};
  return {.scale = 1 / column.step, .offset = -column.range.minimum / column.step};
}

bool ArePlain(const std::vector<DataColumn>& columns) {
  if (columns.size() != 1) return false;
  const DataColumn& column = columns.front();
  return column.name.empty() && column.kind == ColumnKind::kContinuous && !column.power.has_value() &&
         !column.threshold.has_value();
}

std::vector<const DataColumn*> ColumnsOfValues(const std::vector<DataColumn>& columns, int64_t values) {
  std::vector<const DataColumn*> inputs;
  for (const DataColumn& column : columns) {
    if (column.is_input()) inputs.push_back(&column);
  }
  std::vector<const DataColumn*> of_values;
  of_values.reserve(static_cast<size_t>(values));
  for (int64_t value = 0; value < values; ++value) of_values.push_back(inputs[value * inputs.size() / values]);
  return of_values;
}

std::string Describe(const DataColumn& column, int64_t index) {
  return column.name.empty() ? absl::StrCat("column ", index + 1) : absl::StrCat("column '", column.name, "'");
}

absl::Status CheckColumn(const DataColumn& column, int64_t index) {
  if (!column.is_input()) return absl::OkStatus();
  const absl::Status status = CheckInput(column);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(Describe(column, index), ": ", status.message()));
}

double YeoJohnson(double value, double lambda) {
  if (value < 0) return -YeoJohnson(-value, 2 - lambda);
  return lambda == 0 ? std::log1p(value) : std::expm1(lambda * std::log1p(value)) / lambda;
}

double InverseYeoJohnson(double value, double lambda) {
  if (value < 0) return -InverseYeoJohnson(-value, 2 - lambda);
  return lambda == 0 ? std::expm1(value) : std::expm1(std::log1p(lambda * value) / lambda);
}

double LogDerivativeOfYeoJohnson(double value, double lambda) {
  return value < 0 ? (1 - lambda) * std::log1p(-value) : (lambda - 1) * std::log1p(value);
}

}  // namespace ebm
