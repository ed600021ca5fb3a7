#include "proto/convert/column.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr std::pair<ColumnKind, v1::ColumnKind> kKinds[] = {
    {ColumnKind::kContinuous, v1::COLUMN_KIND_CONTINUOUS}, {ColumnKind::kWholeNumber, v1::COLUMN_KIND_WHOLE_NUMBER},
    {ColumnKind::kBinary, v1::COLUMN_KIND_BINARY},         {ColumnKind::kCategory, v1::COLUMN_KIND_CATEGORY},
    {ColumnKind::kLabel, v1::COLUMN_KIND_LABEL},           {ColumnKind::kIgnored, v1::COLUMN_KIND_IGNORED}};

v1::ColumnKind KindToProto(ColumnKind kind) {
  for (const auto& [plain, wire] : kKinds) {
    if (plain == kind) return wire;
  }
  return v1::COLUMN_KIND_UNSPECIFIED;
}

absl::StatusOr<ColumnKind> KindFromProto(v1::ColumnKind kind) {
  for (const auto& [plain, wire] : kKinds) {
    if (wire == kind) return plain;
  }
  return absl::InvalidArgumentError(absl::StrCat("columns.kind: ", kind, ", must be a ColumnKind"));
}

v1::Range ToProto(const DataRange& range) {
  v1::Range proto;
  proto.set_lower(range.minimum);
  proto.set_upper(range.maximum);
  return proto;
}

v1::Scaling ToProto(const DataScaling& scaling) {
  v1::Scaling proto;
  proto.set_scale(scaling.scale);
  proto.set_offset(scaling.offset);
  return proto;
}

v1::Column ToProto(const DataColumn& column) {
  v1::Column proto;
  proto.set_name(column.name);
  proto.set_kind(KindToProto(column.kind));
  if (!column.is_input()) return proto;
  *proto.mutable_range() = ToProto(column.range);
  proto.set_step(column.step);
  *proto.mutable_scaling() = ToProto(column.scaling);
  if (column.power.has_value()) {
    proto.mutable_power()->set_lambda(column.power->lambda);
    *proto.mutable_power()->mutable_outer() = ToProto(column.power->outer);
  }
  if (column.threshold.has_value()) proto.set_threshold(*column.threshold);
  for (const CategoryValue& value : column.values) {
    v1::CategoryValue& added = *proto.add_values();
    added.set_name(value.name);
    added.set_code(value.code);
  }
  return proto;
}

DataRange FromProto(const v1::Range& range) { return {.minimum = range.lower(), .maximum = range.upper()}; }

DataScaling FromProto(const v1::Scaling& scaling) { return {.scale = scaling.scale(), .offset = scaling.offset()}; }

absl::StatusOr<DataColumn> FromProto(const v1::Column& column) {
  DataColumn plain = {.name = column.name()};
  EBM_ASSIGN_OR_RETURN(plain.kind, KindFromProto(column.kind()));
  if (!plain.is_input()) return plain;
  plain.range = FromProto(column.range());
  plain.step = column.step();
  plain.scaling = FromProto(column.scaling());
  if (column.has_power()) {
    plain.power = PowerTransform{.lambda = column.power().lambda(), .outer = FromProto(column.power().outer())};
  }
  if (column.has_threshold()) plain.threshold = column.threshold();
  for (const v1::CategoryValue& value : column.values()) {
    plain.values.push_back({.name = value.name(), .code = value.code()});
  }
  return plain;
}

}  // namespace

void SetColumns(const std::vector<DataColumn>& columns, const DataRange& range, v1::Model& model) {
  *model.mutable_data_range() = ToProto(range);
  if (ArePlain(columns)) {
    *model.mutable_scaling() = ToProto(columns.front().scaling);
    return;
  }
  for (const DataColumn& column : columns) *model.add_columns() = ToProto(column);
}

DataRange RangeOf(const v1::Model& model) { return FromProto(model.data_range()); }

absl::StatusOr<std::vector<DataColumn>> ColumnsOf(const v1::Model& model) {
  std::vector<DataColumn> columns;
  if (model.columns().empty()) {
    columns.push_back({.range = RangeOf(model), .scaling = FromProto(model.scaling())});
    return columns;
  }
  for (const v1::Column& column : model.columns()) {
    EBM_ASSIGN_OR_RETURN(DataColumn plain, FromProto(column));
    columns.push_back(std::move(plain));
  }
  return columns;
}

}  // namespace ebm
