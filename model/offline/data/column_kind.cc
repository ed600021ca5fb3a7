#include "model/offline/data/column_kind.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/offline/data/class_labels.h"

namespace ebm {
namespace {

constexpr size_t kMostCategories = 100;
constexpr int64_t kFewestRowsToJudge = 10;
constexpr size_t kMostLevels = 10;  // different values of a category of numbers that are not whole
constexpr int64_t kFewestRowsPerLevel = 10;

bool HasFewLevels(const ColumnValues& values) {
  return values.distinct() <= kMostLevels && values.rows >= kFewestRowsPerLevel * std::ssize(values.counts);
}

DataColumn Categories(const StoredArray& array, int64_t column, const ColumnValues& values) {
  DataColumn described = {.kind = values.distinct() == 2 ? ColumnKind::kBinary : ColumnKind::kCategory, .step = 1};
  if (!HasWords(array, column)) {
    described.range = {values.minimum, values.maximum};
    for (const auto& [value, count] : values.counts) {
      described.values.push_back({.name = NumberText(value), .code = value});
    }
    return described;
  }
  described.range = {0, static_cast<float>(values.distinct() - 1)};
  std::vector<std::string> names = array.columns[static_cast<size_t>(column)].words;
  std::ranges::sort(names);
  for (std::string& name : names) {
    described.values.push_back({.name = std::move(name), .code = static_cast<float>(described.values.size())});
  }
  return described;
}

// Half a unit to either side, or as much as makes a difference in float32.
DataRange AroundConstant(float value) {
  const float below = std::nextafter(value, -std::numeric_limits<float>::max());
  const float above = std::nextafter(value, std::numeric_limits<float>::max());
  return {std::min(value - 0.5F, below), std::max(value + 0.5F, above)};
}

DataColumn Numbers(const ColumnValues& values, std::optional<float> step) {
  DataColumn described = {.kind = values.are_whole ? ColumnKind::kWholeNumber : ColumnKind::kContinuous,
                          .range = {values.minimum, values.maximum}};
  const bool is_constant = values.minimum == values.maximum;
  if (is_constant) described.range = AroundConstant(values.minimum);
  // With a step, a constant column has a density.
  const float chosen = is_constant ? 1 : values.are_whole ? StepOfWholeNumbers(described.range) : 0;
  described.step = step.value_or(chosen);
  return described;
}

}  // namespace

ColumnValues ValuesOf(const StoredArray& array, int64_t column) {
  ColumnValues values;
  for (int64_t r = 0; r < array.rows.rows(); ++r) {
    const float value = array.rows.row(r)[static_cast<size_t>(column)] + 0.0F;  // -0 is 0
    if (std::isnan(value)) continue;
    values.minimum = values.empty() ? value : std::min(values.minimum, value);
    values.maximum = values.empty() ? value : std::max(values.maximum, value);
    values.are_whole &= value == std::floor(value);
    ++values.rows;
    if (values.counts.size() < ColumnValues::kMostCounted || values.counts.contains(value)) ++values.counts[value];
  }
  return values;
}

absl::Status CheckWords(const StoredArray& array, int64_t column, const ColumnValues& values,
                        absl::string_view source) {
  if (!HasWords(array, column)) return absl::OkStatus();
  const StoredColumn& stored = array.columns[static_cast<size_t>(column)];
  if (2 * stored.numbers <= values.rows) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      source, ": line ", stored.first_word_line, ", column ", column + 1, ": ", stored.first_word,
      " is not a number, but most of the column is; missing values are empty, NA, NaN or ?, and a column whose numbers "
      "are names is stated by --categorical"));
}

std::optional<std::string> WhyIgnored(const StoredArray& array, int64_t column, const ColumnValues& values) {
  if (values.empty()) return "it has no values";
  if (!HasWords(array, column)) return std::nullopt;
  const std::vector<std::string>& words = array.columns[static_cast<size_t>(column)].words;
  if (words.size() == 1) return absl::StrCat("it only has the value '", words.front(), "'");
  const bool are_names = 2 * std::ssize(words) > values.rows && values.rows >= kFewestRowsToJudge;
  if (!are_names && words.size() <= kMostCategories) return std::nullopt;
  return absl::StrCat("it has ", words.size(), " different texts in ", values.rows, " rows");
}

float StepOfWholeNumbers(const DataRange& range) {
  constexpr float kLargestRangeWithAStep = 255;
  return range.maximum - range.minimum <= kLargestRangeWithAStep ? 1 : 0;
}

absl::StatusOr<DataColumn> DescribeColumn(const StoredArray& array, int64_t column, const ColumnValues& values,
                                          bool is_category, std::optional<float> step, absl::string_view source) {
  if (HasWords(array, column)) {
    return Categories(array, column, values);
  }
  if (is_category && values.distinct() > kMostCategories) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": column ", column + 1, ": ", values.distinct(),
                                                   " different values; a category has at most ", kMostCategories));
  }
  const bool has_levels = values.distinct() == 2 || (!values.are_whole && HasFewLevels(values));
  const bool are_names = is_category ? values.distinct() > 1 : has_levels && !step.has_value();
  return are_names ? Categories(array, column, values) : Numbers(values, step);
}

float CodeOf(const StoredArray& array, int64_t column, const DataColumn& description, float value) {
  if (std::isnan(value) || !HasWords(array, column)) return value;
  const std::string& word = array.columns[static_cast<size_t>(column)].words[static_cast<size_t>(value)];
  return std::ranges::find(description.values, word, &CategoryValue::name)->code;
}

}  // namespace ebm
