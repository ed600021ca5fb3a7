#include "model/offline/data/table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/offline/data/class_labels.h"
#include "model/offline/data/column_kind.h"

namespace ebm {
namespace {

constexpr absl::string_view kLabelNames[] = {"label", "class", "target", "species"};
constexpr size_t kMostClassesFound = 50;
constexpr size_t kMostClassesNamed = 10;
constexpr int64_t kFewestRowsToJudge = 10;
constexpr int64_t kFewestRowsOfAClass = 5;   // fewer are noted
constexpr size_t kFewestClassesToJudge = 5;  // first columns with two or three values are common
constexpr size_t kFewestColumnsThatShare = 16;
constexpr double kShareWithTheRange = 0.5;

class TableReader {
 public:
  TableReader(const StoredArray& array, const std::string& source, const TableOptions& options)
      : array_(array), source_(source), options_(options), kinds_(array.rows.cols(), ColumnKind::kContinuous) {
    for (int64_t c = 0; c < array.rows.cols(); ++c) values_.push_back(ValuesOf(array, c));
  }

  absl::StatusOr<TrainingTable> Read(std::vector<std::string> labels) {
    EBM_RETURN_IF_ERROR(IgnoreStated());
    EBM_RETURN_IF_ERROR(ChooseLabel(!labels.empty()));
    if (label_ >= 0) {
      EBM_ASSIGN_OR_RETURN(labels, LabelTexts(array_, label_, source_));
    }
    EBM_RETURN_IF_ERROR(FindCategorical());
    EBM_RETURN_IF_ERROR(IgnoreUseless());
    EBM_RETURN_IF_ERROR(CheckInputs(labels));
    EBM_RETURN_IF_ERROR(SetClasses(labels));
    EBM_RETURN_IF_ERROR(DescribeColumns());
    TakeRows();
    return std::move(table_);
  }

 private:
  std::string NameOfColumn(int64_t c) const {
    return Describe({.name = array_.columns.empty() ? "" : array_.columns[static_cast<size_t>(c)].name}, c);
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(source_, ": ", what));
  }

  void Note(std::string note) { table_.notes.push_back(std::move(note)); }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const StoredColumn& column : array_.columns) {
      if (!column.name.empty()) names.push_back(column.name);
    }
    return names;
  }

  absl::StatusOr<int64_t> FindColumn(absl::string_view flag, const std::string& text) const {
    const auto named = std::ranges::find(array_.columns, text, &StoredColumn::name);
    if (named != array_.columns.end()) return named - array_.columns.begin();
    const int64_t columns = array_.rows.cols();
    int64_t index = 0;
    if (absl::SimpleAtoi(text, &index) && index >= -columns && index < columns) {
      return index < 0 ? index + columns : index;
    }
    const std::string known =
        Names().empty() ? "there is no header" : absl::StrCat("the columns are ", absl::StrJoin(Names(), ", "));
    return Error(absl::StrCat(flag, " is '", text, "', which is neither a column's name nor an index from 0 to ",
                              columns - 1, "; ", known));
  }

  absl::Status IgnoreStated() {
    for (const std::string& text : options_.ignored) {
      EBM_ASSIGN_OR_RETURN(const int64_t column, FindColumn("ignore", text));
      kinds_[column] = ColumnKind::kIgnored;
    }
    return absl::OkStatus();
  }

  bool IsInput(int64_t c) const { return kinds_[c] == ColumnKind::kContinuous; }

  int64_t CountInputs() const { return std::ranges::count(kinds_, ColumnKind::kContinuous); }

  absl::Status SetLabel(int64_t column) {
    if (!IsInput(column)) return Error(absl::StrCat(NameOfColumn(column), " is the label and is ignored"));
    label_ = column;
    kinds_[column] = ColumnKind::kLabel;
    return absl::OkStatus();
  }

  absl::Status ChooseLabel(bool has_file_of_labels) {
    const std::string& stated = options_.label;
    if (has_file_of_labels) {
      if (stated.empty()) return absl::OkStatus();
      return Error(absl::StrCat("label is '", stated, "', but there is a file of labels; give one of the two"));
    }
    const bool is_a_name = std::ranges::count(Names(), stated) > 0;
    if (stated == kNoLabel && !is_a_name) return absl::OkStatus();
    if (!stated.empty()) {
      EBM_ASSIGN_OR_RETURN(const int64_t column, FindColumn("label", stated));
      return SetLabel(column);
    }
    std::vector<int64_t> called_so;
    for (const absl::string_view name : kLabelNames) {
      for (int64_t c = 0; c < std::ssize(array_.columns); ++c) {
        if (absl::EqualsIgnoreCase(array_.columns[c].name, name) && IsInput(c)) called_so.push_back(c);
      }
    }
    if (called_so.empty()) return TakeLastAsLabel();
    for (size_t i = 1; i < called_so.size(); ++i) {
      Note(absl::StrCat(NameOfColumn(called_so[i]), " is an input: if it tells the label, add it to --ignore"));
    }
    return SetLabel(called_so.front());
  }

  absl::Status TakeLastAsLabel() {
    int64_t last = array_.rows.cols() - 1;
    while (last > 0 && !IsInput(last)) --last;
    const ColumnValues& values = values_[last];
    const bool are_classes = HasWords(array_, last) || (values.distinct() <= kMostClassesFound && values.are_whole);
    if (!are_classes || values.distinct() < 2) {
      return Error(absl::StrCat("no label is known: ", NameOfColumn(last), ", the last, has ", values.distinct(),
                                " different values; say --label=NAME or --label=none"));
    }
    if (HasAllClasses(0) && !HasAllClasses(last)) {
      return Error(absl::StrCat("the label may be the first or the last column, since the first has all of 0 to ",
                                values_[0].distinct() - 1, "; say --label=0 or --label=-1"));
    }
    return SetLabel(last);
  }

  // Whether a column's values are 0 to K - 1. MNIST is often spread as CSV with the label first.
  bool HasAllClasses(int64_t c) const {
    const ColumnValues& values = values_[c];
    return !HasWords(array_, c) && values.distinct() >= kFewestClassesToJudge &&
           values.distinct() <= kMostClassesFound && values.are_whole && values.minimum == 0 &&
           values.maximum == static_cast<float>(values.distinct() - 1);
  }

  // As pandas writes them, unless it is asked not to.
  bool CountsRows(int64_t c) const {
    if (array_.rows.rows() < kFewestRowsToJudge || HasWords(array_, c)) return false;
    const float first = array_.rows.row(0)[static_cast<size_t>(c)];
    if (first != 0 && first != 1) return false;
    for (int64_t r = 0; r < array_.rows.rows(); ++r) {
      if (array_.rows.row(r)[static_cast<size_t>(c)] != first + static_cast<float>(r)) return false;
    }
    return true;
  }

  absl::Status FindCategorical() {
    for (const std::string& text : options_.categorical) {
      EBM_ASSIGN_OR_RETURN(const int64_t column, FindColumn("categorical", text));
      if (!IsInput(column)) {
        return Error(absl::StrCat("categorical is '", text, "', which is ", NameOf(kinds_[column]), ", not an input"));
      }
      categorical_.insert(column);
    }
    return absl::OkStatus();
  }

  absl::Status IgnoreUseless() {
    for (int64_t c = 0; c < array_.rows.cols(); ++c) {
      if (!IsInput(c)) continue;
      if (!categorical_.contains(c)) EBM_RETURN_IF_ERROR(CheckWords(array_, c, values_[c], source_));
      std::optional<std::string> why = WhyIgnored(array_, c, values_[c]);
      if (c == 0 && CountInputs() > 1 && CountsRows(c)) why = "it counts the rows";
      if (!why.has_value()) continue;
      kinds_[c] = ColumnKind::kIgnored;
      Note(absl::StrCat(NameOfColumn(c), " is ignored: ", *why));
    }
    return absl::OkStatus();
  }

  absl::Status CheckInputs(std::span<const std::string> labels) const {
    if (CountInputs() == 0) {
      const char* const hint = array_.rows.cols() == 1 ? "; values are separated by commas, semicolons or tabs" : "";
      return Error(absl::StrCat("a row has ", array_.rows.cols(),
                                " values, and none is left as input; at least one is needed besides the label", hint));
    }
    if (labels.empty() || label_ >= 0) return absl::OkStatus();
    return CheckLabelsAreNotInside(labels);
  }

  // A file that has its labels in the last column must not be read as if that were a value.
  absl::Status CheckLabelsAreNotInside(std::span<const std::string> labels) const {
    if (std::set<absl::string_view>(labels.begin(), labels.end()).size() < 2) return absl::OkStatus();
    const int64_t last = array_.rows.cols() - 1;
    for (int64_t r = 0; r < array_.rows.rows(); ++r) {
      if (TextOf(array_, r, last) != labels[static_cast<size_t>(r)]) return absl::OkStatus();
    }
    return Error("the last column has the labels of the file of labels; omit that file, or remove the column");
  }

  absl::Status SetClasses(std::span<const std::string> labels) {
    if (labels.empty()) {
      table_.class_labels = {kOnlyClass};
      table_.data.labels.assign(static_cast<size_t>(array_.rows.rows()), 0);
      Note("no label: a density alone");
      return absl::OkStatus();
    }
    EBM_ASSIGN_OR_RETURN(table_.class_labels, ClassesOf(labels, source_));
    EBM_ASSIGN_OR_RETURN(table_.data.labels, IndicesOf(labels, table_.class_labels, source_));
    const std::span<const std::string> classes = table_.class_labels;
    const auto named = classes.first(std::min(classes.size(), kMostClassesNamed));
    Note(absl::StrCat("label: ", label_ < 0 ? "a file of labels" : NameOfColumn(label_), ", ", classes.size(),
                      classes.size() == 1 ? " class: " : " classes: ", absl::StrJoin(named, ", "),
                      named.size() < classes.size() ? ", ..." : ""));
    NoteSmallClasses();
    return absl::OkStatus();
  }

  // They may be due to a mistyped label.
  void NoteSmallClasses() {
    std::vector<int64_t> rows(table_.class_labels.size());
    for (const int32_t label : table_.data.labels) ++rows[static_cast<size_t>(label)];
    for (size_t k = 0; k < rows.size(); ++k) {
      if (rows[k] >= kFewestRowsOfAClass) continue;
      Note(absl::StrCat("class ", table_.class_labels[k], " has few rows: ", rows[k]));
    }
  }

  // Whether the inputs are whole numbers of one unit, such as pixels: most have the greatest range of all.
  bool InputsShareUnits() const {
    if (CountInputs() < static_cast<int64_t>(kFewestColumnsThatShare)) return false;
    const DataRange all = RangeOfInputs();
    int64_t with_all = 0;
    for (int64_t c = 0; c < array_.rows.cols(); ++c) {
      if (!IsInput(c)) continue;
      if (HasWords(array_, c) || !values_[c].are_whole) return false;
      with_all += values_[c].maximum == all.maximum ? 1 : 0;
    }
    return static_cast<double>(with_all) >= kShareWithTheRange * static_cast<double>(CountInputs());
  }

  DataRange RangeOfInputs() const {
    DataRange all = {INFINITY, -INFINITY};
    for (int64_t c = 0; c < array_.rows.cols(); ++c) {
      if (!IsInput(c)) continue;
      all.minimum = std::min(all.minimum, values_[c].minimum);
      all.maximum = std::max(all.maximum, values_[c].maximum);
    }
    return all;
  }

  absl::Status DescribeColumns() {
    const bool share = categorical_.empty() && InputsShareUnits();
    for (int64_t c = 0; c < array_.rows.cols(); ++c) {
      DataColumn column = {.kind = kinds_[c]};
      if (IsInput(c) && !share) {
        EBM_ASSIGN_OR_RETURN(column,
                             DescribeColumn(array_, c, values_[c], categorical_.contains(c), options_.step, source_));
      }
      if (!array_.columns.empty()) column.name = array_.columns[static_cast<size_t>(c)].name;
      table_.columns.push_back(std::move(column));
    }
    table_.has_one_scale = share;
    if (!share) return absl::OkStatus();
    const DataColumn shared = {.range = RangeOfInputs(), .step = options_.step.value_or(1)};
    table_.columns = WithSharedDescription(std::move(table_.columns), std::span(&shared, 1));
    Note("the columns share one unit and scale: whole numbers of one range");
    return absl::OkStatus();
  }

  void TakeRows() {
    const int64_t rows = array_.rows.rows();
    MatrixBuffer values(rows, CountInputs());
    int64_t value = 0;
    for (int64_t c = 0; c < array_.rows.cols(); ++c) {
      if (!IsInput(c)) continue;
      const DataColumn& column = table_.columns[table_.columns.size() == 1 ? 0 : c];
      for (int64_t r = 0; r < rows; ++r) values.row(r)[value] = CodeOf(array_, c, column, array_.rows.row(r)[c]);
      ++value;
    }
    table_.data.rows = std::move(values);
  }

  const StoredArray& array_;
  const std::string& source_;
  const TableOptions& options_;
  std::vector<ColumnValues> values_;
  std::vector<ColumnKind> kinds_;  // kContinuous stands for every kind of input
  std::set<int64_t> categorical_;
  int64_t label_ = -1;
  TrainingTable table_;
};

}  // namespace

std::vector<DataColumn> WithSharedDescription(std::vector<DataColumn> columns, std::span<const DataColumn> shared) {
  const bool has_names = std::ranges::any_of(columns, [](const DataColumn& column) { return !column.name.empty(); });
  const auto others = std::ranges::find_if_not(columns, &DataColumn::is_input);
  const bool has_label_last = columns.end() - others == 1 && others->kind == ColumnKind::kLabel;
  if (!has_names && (others == columns.end() || has_label_last)) return {shared.begin(), shared.end()};
  const auto inputs = static_cast<size_t>(std::ranges::count_if(columns, &DataColumn::is_input));
  size_t input = 0;
  for (DataColumn& column : columns) {
    if (!column.is_input()) continue;
    std::string name = std::move(column.name);
    column = shared[input++ * shared.size() / inputs];
    column.name = std::move(name);
  }
  return columns;
}

absl::StatusOr<TrainingTable> MakeTrainingTable(const StoredArray& array, std::vector<std::string> labels,
                                                const std::string& source, const TableOptions& options) {
  return TableReader(array, source, options).Read(std::move(labels));
}

}  // namespace ebm
