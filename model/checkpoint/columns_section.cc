#include "model/checkpoint/columns_section.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/checkpoint/checkpoint_fields.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

struct ColumnsSection {
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  std::vector<float> minimum;
  std::vector<float> maximum;
  std::vector<float> scale;
  std::vector<float> offset;
  std::vector<float> step;
  std::vector<float> lambda;
  std::vector<float> outer_scale;
  std::vector<float> outer_offset;
  std::vector<std::vector<std::string>> values;
  std::vector<std::vector<float>> codes;
  std::vector<std::vector<float>> threshold;  // none or one of each column
};

template <typename Visitor, MaybeConst<ColumnsSection> Section>
void VisitFields(Visitor& visitor, Section& section) {
  visitor.Field("names", section.names);
  visitor.Field("kinds", section.kinds);
  visitor.Field("minimum", section.minimum);
  visitor.Field("maximum", section.maximum);
  visitor.Field("scale", section.scale);
  visitor.Field("offset", section.offset);
  visitor.Field("step", section.step);
  visitor.Field("lambda", section.lambda);
  visitor.Field("outer_scale", section.outer_scale);
  visitor.Field("outer_offset", section.outer_offset);
  visitor.Field("values", section.values);
  visitor.Field("codes", section.codes);
  visitor.OptionalField("threshold", section.threshold, {});
}

constexpr PowerTransform kNoPower;

void Append(const DataColumn& column, ColumnsSection& section) {
  const PowerTransform power = column.power.value_or(kNoPower);
  section.names.push_back(column.name);
  section.kinds.emplace_back(NameOf(column.kind));
  section.minimum.push_back(column.range.minimum);
  section.maximum.push_back(column.range.maximum);
  section.scale.push_back(column.scaling.scale);
  section.offset.push_back(column.scaling.offset);
  section.step.push_back(column.step);
  section.lambda.push_back(power.lambda);
  section.outer_scale.push_back(power.outer.scale);
  section.outer_offset.push_back(power.outer.offset);
  section.values.emplace_back();
  section.codes.emplace_back();
  section.threshold.emplace_back();
  if (column.threshold.has_value()) section.threshold.back().push_back(*column.threshold);
  for (const CategoryValue& value : column.values) {
    section.values.back().push_back(value.name);
    section.codes.back().push_back(value.code);
  }
}

absl::Status CheckLengths(const ColumnsSection& section, absl::string_view name) {
  const size_t count = section.names.size();
  for (const size_t length :
       {section.kinds.size(), section.minimum.size(), section.maximum.size(), section.scale.size(),
        section.offset.size(), section.step.size(), section.lambda.size(), section.outer_scale.size(),
        section.outer_offset.size(), section.values.size(), section.codes.size(), section.threshold.size()}) {
    if (length == count) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": a list has ", length, " entries; names has ", count, ", and all must have as many"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CategoryValue>> ValuesOf(const ColumnsSection& section, size_t i, absl::string_view name) {
  const std::vector<std::string>& names = section.values[i];
  const std::vector<float>& codes = section.codes[i];
  if (names.size() != codes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": values[", i, "] has ", names.size(), " entries, codes[", i, "] has ", codes.size()));
  }
  std::vector<CategoryValue> values;
  values.reserve(names.size());
  for (size_t v = 0; v < names.size(); ++v) values.push_back({.name = names[v], .code = codes[v]});
  return values;
}

absl::StatusOr<std::optional<float>> ThresholdOf(const ColumnsSection& section, size_t i, absl::string_view name) {
  const std::vector<float>& threshold = section.threshold[i];
  if (threshold.empty()) return std::nullopt;
  if (threshold.size() == 1) return threshold.front();
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": threshold[", i, "] has ", threshold.size(), " entries; a column has none or one"));
}

absl::StatusOr<DataColumn> ColumnAt(const ColumnsSection& section, size_t i, absl::string_view name) {
  DataColumn column = {.name = section.names[i],
                       .range = {section.minimum[i], section.maximum[i]},
                       .scaling = {section.scale[i], section.offset[i]},
                       .step = section.step[i]};
  EBM_ASSIGN_OR_RETURN(column.kind, FindColumnKind(section.kinds[i]));
  EBM_ASSIGN_OR_RETURN(column.values, ValuesOf(section, i, name));
  EBM_ASSIGN_OR_RETURN(column.threshold, ThresholdOf(section, i, name));
  const PowerTransform power = {.lambda = section.lambda[i],
                                .outer = {section.outer_scale[i], section.outer_offset[i]}};
  if (power != kNoPower) column.power = power;
  return column;
}

}  // namespace

std::string WriteColumnsSection(const std::vector<DataColumn>& columns) {
  ColumnsSection section;
  for (const DataColumn& column : columns) Append(column, section);
  if (std::ranges::all_of(section.threshold, &std::vector<float>::empty)) section.threshold.clear();
  return SectionText(section);
}

absl::StatusOr<std::vector<DataColumn>> ReadColumnsSection(absl::string_view text, absl::string_view name) {
  ColumnsSection section;
  EBM_RETURN_IF_ERROR(ParseSection(text, name, section));
  if (section.threshold.empty()) section.threshold.resize(section.names.size());
  EBM_RETURN_IF_ERROR(CheckLengths(section, name));
  std::vector<DataColumn> columns;
  columns.reserve(section.names.size());
  for (size_t i = 0; i < section.names.size(); ++i) {
    EBM_ASSIGN_OR_RETURN(DataColumn column, ColumnAt(section, i, name));
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace ebm
