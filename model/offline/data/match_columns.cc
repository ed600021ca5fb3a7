#include "model/offline/data/match_columns.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/io/csv_cell.h"
#include "model/offline/data/class_labels.h"

namespace ebm {
namespace {

constexpr int64_t kNowhere = -1;

// Where a model's values are in a file.
struct Places {
  std::vector<int64_t> inputs;  // the file's columns of the model's values, [C]
  int64_t label = kNowhere;

  friend bool operator==(const Places&, const Places&) = default;
};

absl::Status Error(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

bool HasNames(const StoredArray& array) {
  return std::ranges::any_of(array.columns, [](const StoredColumn& column) { return !column.name.empty(); });
}

// Columns that describe several values each, as those of a picture's channels, name none of them.
bool HasNames(const InputFormat& format) {
  if (std::ranges::count_if(format.columns, &DataColumn::is_input) != format.num_values()) return false;
  return std::ranges::any_of(format.columns, [](const DataColumn& column) { return !column.name.empty(); });
}

// Whether the model's rows had labels.
bool HasClasses(const InputFormat& format) {
  return format.class_labels.size() != 1 || format.class_labels.front() != kOnlyClass;
}

// The column of this name that is not taken; several may have none.
int64_t PlaceOf(const StoredArray& array, const std::string& name, const std::set<int64_t>& taken) {
  for (int64_t c = 0; c < std::ssize(array.columns); ++c) {
    if (array.columns[static_cast<size_t>(c)].name == name && !taken.contains(c)) return c;
  }
  return kNowhere;
}

absl::StatusOr<Places> PlacesByName(const StoredArray& array, absl::string_view source, const InputFormat& format) {
  Places places;
  std::vector<std::string> missing;
  std::set<int64_t> known;
  for (const DataColumn& column : format.columns) {
    const int64_t place = PlaceOf(array, column.name, known);
    const bool is_there = place != kNowhere;
    if (is_there) known.insert(place);
    if (column.kind == ColumnKind::kLabel) places.label = place;
    if (!column.is_input()) continue;
    places.inputs.push_back(place);
    if (!is_there) missing.push_back(column.name);
  }
  std::vector<std::string> unknown;
  for (int64_t c = 0; c < std::ssize(array.columns); ++c) {
    if (!known.contains(c)) unknown.push_back(absl::StrCat("'", array.columns[c].name, "'"));
  }
  if (!missing.empty()) {
    return Error(source, absl::StrCat("there is no column ", absl::StrJoin(missing, ", "), ", which the model takes",
                                      unknown.empty() ? "" : "; unknown are ", absl::StrJoin(unknown, ", ")));
  }
  if (unknown.empty()) return places;
  return Error(source, absl::StrCat("the model does not know the column ", absl::StrJoin(unknown, ", ")));
}

bool IsEmpty(const StoredArray& array, int64_t column) {
  for (int64_t r = 0; r < array.rows.rows(); ++r) {
    if (!std::isnan(array.rows.row(r)[static_cast<size_t>(column)])) return false;
  }
  return true;
}

// The places in a file that has, of the training file's columns, the inputs and those of the given kinds; unset if its
// width is another.
std::optional<Places> PlacesOf(const InputFormat& format, int64_t width, std::span<const ColumnKind> others) {
  Places places;
  int64_t place = 0;
  for (const DataColumn& column : format.columns) {
    if (!column.is_input() && std::ranges::find(others, column.kind) == others.end()) continue;
    if (column.is_input()) places.inputs.push_back(place);
    if (column.kind == ColumnKind::kLabel) places.label = place;
    ++place;
  }
  const bool has_one_each = std::ssize(places.inputs) == format.num_values();
  return place == width && has_one_each ? std::optional(places) : std::nullopt;
}

absl::StatusOr<Places> PlacesInOrder(int64_t width, absl::string_view source, const InputFormat& format,
                                     bool has_file_of_labels) {
  constexpr ColumnKind kOthers[] = {ColumnKind::kLabel, ColumnKind::kIgnored};
  const std::span<const ColumnKind> others = kOthers;
  std::vector<Places> fitting;
  for (const auto& kinds : {others, others.subspan(1), others.first(1), others.first(0)}) {
    std::optional<Places> places = PlacesOf(format, width, kinds);
    if (places.has_value() && std::ranges::count(fitting, *places) == 0) fitting.push_back(*std::move(places));
  }
  if (fitting.size() > 1) {
    return Error(source, absl::StrCat("a row has ", width,
                                      " values, which may be with the label or with the ignored "
                                      "columns; give all columns, or a header"));
  }
  if (!fitting.empty()) return fitting.front();
  const int64_t values = format.num_values();
  // Columns that are alike are those of one description; a label is then in the last column.
  const bool has_label = width == values + 1 && !has_file_of_labels && HasClasses(format);
  if (width == values || has_label) {
    Places places = {.inputs = std::vector<int64_t>(static_cast<size_t>(values)),
                     .label = has_label ? values : kNowhere};
    std::iota(places.inputs.begin(), places.inputs.end(), 0);
    return places;
  }
  const std::string with_label = has_file_of_labels || !HasClasses(format)
                                     ? ""
                                     : absl::StrCat(", or ", values + 1, " with a label in the last column");
  return Error(source, absl::StrCat("a row has ", width, " values; the model takes ", values, with_label));
}

// MNIST is often spread as CSV with the label first; its last pixel is a valid label in most rows. So the first column
// is suspicious if it has all classes and nothing else while the last column lacks some.
absl::Status CheckLabelIsLast(const StoredArray& array, const Places& places, absl::string_view source,
                              const InputFormat& format) {
  constexpr size_t kFewestClassesToJudge = 5;  // first columns with two or three values are common
  if (places.label != array.rows.cols() - 1 || format.class_labels.size() < kFewestClassesToJudge || HasNames(format)) {
    return absl::OkStatus();
  }
  const auto has_all_classes = [&](int64_t column) {
    std::set<std::string> texts;
    for (int64_t r = 0; r < array.rows.rows(); ++r) texts.insert(TextOf(array, r, column));
    return texts == std::set<std::string>(format.class_labels.begin(), format.class_labels.end());
  };
  if (!has_all_classes(0) || has_all_classes(places.label)) return absl::OkStatus();
  return Error(source, absl::StrCat("the labels seem to be in the first column, which has all ",
                                    format.class_labels.size(), " classes; they must be in the last, which does not"));
}

absl::StatusOr<float> NumberAt(const StoredArray& array, int64_t row, int64_t place) {
  if (!HasWords(array, place)) return array.rows.row(row)[static_cast<size_t>(place)];
  const std::string text = TextOf(array, row, place);
  if (const std::optional<float> number = NumberOf(text)) return *number;
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number"));
}

// In a text, a value is its name; where the names are numbers, 1.0 is 1. In an array of numbers, it is its code.
absl::StatusOr<float> CodeAt(const StoredArray& array, int64_t row, int64_t place, const DataColumn& column) {
  const std::string text = TextOf(array, row, place);
  const bool is_text = !array.columns.empty();
  for (const CategoryValue& known : column.values) {
    const bool is_same_number = NumberOf(text) == known.code && (!is_text || NumberOf(known.name) == known.code);
    if ((is_text && known.name == text) || is_same_number) return known.code;
  }
  const auto append_name = [](std::string* out, const CategoryValue& known) { absl::StrAppend(out, known.name); };
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is none of its values: ", absl::StrJoin(column.values, ", ", append_name)));
}

absl::StatusOr<float> ValueAt(const StoredArray& array, int64_t row, int64_t place, const DataColumn& column) {
  const float value = array.rows.row(row)[static_cast<size_t>(place)];
  if (std::isnan(value)) return value;
  return column.is_categorical() ? CodeAt(array, row, place, column) : NumberAt(array, row, place);
}

absl::StatusOr<MatrixBuffer> TakeValues(const StoredArray& array, const Places& places, absl::string_view source,
                                        std::span<const DataColumn* const> columns) {
  MatrixBuffer values(array.rows.rows(), std::ssize(places.inputs));
  for (int64_t r = 0; r < values.rows(); ++r) {
    for (int64_t i = 0; i < values.cols(); ++i) {
      const DataColumn& column = *columns[static_cast<size_t>(i)];
      const absl::StatusOr<float> value = ValueAt(array, r, places.inputs[i], column);
      if (!value.ok()) {
        return Error(source, absl::StrCat("row ", r + 1, ": ", Describe(column, places.inputs[i]), ": ",
                                          value.status().message()));
      }
      values.row(r)[i] = *value;
    }
  }
  return values;
}

}  // namespace

int64_t InputFormat::num_values() const {
  return std::accumulate(input_shape.begin(), input_shape.end(), int64_t{1}, std::multiplies<>());
}

CsvOptions CsvOptionsFor(const InputFormat& format, CsvHeader header) {
  CsvOptions options = {.header = header, .names = std::vector<std::string>()};
  for (const DataColumn& column : format.columns) {
    if (!column.name.empty() && HasNames(format)) options.names->push_back(column.name);
  }
  return options;
}

absl::Status CheckComplete(ConstMatrix rows, const std::vector<DataColumn>& columns, absl::string_view source) {
  for (int64_t r = 0; r < rows.rows(); ++r) {
    const std::span<const float> row = rows.row(r);
    const auto gap = std::ranges::find_if(row, [](float value) { return std::isnan(value); });
    if (gap == row.end()) continue;
    const int64_t value = gap - row.begin();
    const DataColumn& column = *ColumnsOfValues(columns, std::ssize(row))[static_cast<size_t>(value)];
    return Error(
        source, absl::StrCat("row ", r + 1, ": ", Describe(column, value), " has no value: it is empty, NA, nan or ?"));
  }
  return absl::OkStatus();
}

absl::StatusOr<LabelledData> MatchColumns(const StoredArray& array, const LabelsFile& beside, const std::string& source,
                                          const InputFormat& format, LabelUse use) {
  const bool by_name = HasNames(array) && HasNames(format);
  EBM_ASSIGN_OR_RETURN(const Places places,
                       by_name ? PlacesByName(array, source, format)
                               : PlacesInOrder(array.rows.cols(), source, format, !beside.labels.empty()));
  EBM_RETURN_IF_ERROR(CheckLabelIsLast(array, places, source, format));
  LabelledData data;
  EBM_ASSIGN_OR_RETURN(data.rows,
                       TakeValues(array, places, source, ColumnsOfValues(format.columns, format.num_values())));
  if (format.missing == MissingValues::kRefused) {
    const absl::Status complete = CheckComplete(std::as_const(data.rows).view(), format.columns, source);
    if (!complete.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(complete.message(), "; the model has no base density, which missing values need"));
    }
  }
  if (use == LabelUse::kIgnored) return data;
  if (!beside.labels.empty()) {
    EBM_ASSIGN_OR_RETURN(data.labels, IndicesOf(beside.labels, format.class_labels, beside.source));
  } else if (places.label != kNowhere && !IsEmpty(array, places.label)) {
    EBM_ASSIGN_OR_RETURN(const std::vector<std::string> labels, LabelTexts(array, places.label, source));
    EBM_ASSIGN_OR_RETURN(data.labels, IndicesOf(labels, format.class_labels, source));
  }
  return data;
}

}  // namespace ebm
