#include "client/cli/imputation.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "model/offline/data/class_labels.h"

namespace ebm::client {
namespace {

float MostFrequent(ConstMatrix draws, int64_t value) {
  std::map<float, int64_t> counts;
  for (int64_t i = 0; i < draws.rows(); ++i) ++counts[draws.row(i)[value]];
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

float MeanOf(ConstMatrix draws, int64_t value) {
  double sum = 0;
  for (int64_t i = 0; i < draws.rows(); ++i) sum += draws.row(i)[value];
  return static_cast<float>(sum / static_cast<double>(draws.rows()));
}

std::string Quoted(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string TextOfValue(const DataColumn& column, float value) {
  const auto named = std::ranges::find(column.values, value, &CategoryValue::code);
  return named == column.values.end() ? NumberText(value) : Quoted(named->name);
}

}  // namespace

MatrixBuffer WithinRanges(const ModelDescription& model, std::span<const float> given, ConstMatrix draws) {
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  MatrixBuffer within({draws.values().begin(), draws.values().end()}, draws.rows(), draws.cols());
  for (size_t value = 0; value < given.size(); ++value) {
    const DataColumn& column = *columns[value];
    if (column.kind != ColumnKind::kWholeNumber || !std::isnan(given[value])) continue;
    for (int64_t i = 0; i < within.rows(); ++i) {
      float& drawn = within.row(i)[value];
      drawn = std::clamp(drawn, std::ceil(column.range.minimum), std::floor(column.range.maximum));
    }
  }
  return within;
}

std::vector<float> BestValues(const ModelDescription& model, ConstMatrix draws) {
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  std::vector<float> best;
  best.reserve(columns.size());
  for (int64_t value = 0; value < std::ssize(columns); ++value) {
    const DataColumn& column = *columns[value];
    const float mean = column.is_categorical() || model.has_levels ? MostFrequent(draws, value) : MeanOf(draws, value);
    const bool is_rounded = column.kind == ColumnKind::kWholeNumber && !model.has_levels;
    best.push_back(is_rounded ? std::round(mean) : mean);
  }
  return best;
}

std::string CsvHeaderOf(const ModelDescription& model) {
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  if (std::ranges::all_of(columns, [](const DataColumn* column) { return column->name.empty(); })) return "";
  return absl::StrJoin(columns, ",",
                       [](std::string* out, const DataColumn* column) { absl::StrAppend(out, Quoted(column->name)); });
}

std::string CsvRow(const ModelDescription& model, std::span<const float> row) {
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  std::vector<std::string> cells;
  cells.reserve(row.size());
  for (size_t value = 0; value < row.size(); ++value) cells.push_back(TextOfValue(*columns[value], row[value]));
  return absl::StrJoin(cells, ",");
}

}  // namespace ebm::client
