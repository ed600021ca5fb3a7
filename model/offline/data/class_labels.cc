#include "model/offline/data/class_labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/reader.h"

namespace ebm {
namespace {

constexpr size_t kMostClassesShown = 20;
constexpr float kLargestExactNumber = 1 << 24;  // greater whole numbers are rounded

absl::Status RowError(absl::string_view source, size_t row, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": row ", row + 1, ": ", what));
}

bool IsWholeNumber(absl::string_view text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number);
}

std::string Shown(std::span<const std::string> classes) {
  const auto first = classes.first(std::min(classes.size(), kMostClassesShown));
  return absl::StrCat(absl::StrJoin(first, ", "), first.size() < classes.size() ? ", ..." : "");
}

}  // namespace

bool HasWords(const StoredArray& array, int64_t column) {
  return !array.columns.empty() && !array.columns[static_cast<size_t>(column)].words.empty();
}

std::string NumberText(float value) {
  if (value == std::floor(value) && std::abs(value) <= kLargestExactNumber) {
    return absl::StrCat(static_cast<int64_t>(value));
  }
  char text[32];
  const std::to_chars_result end = std::to_chars(std::begin(text), std::end(text), value);
  return {text, end.ptr};
}

std::string TextOf(const StoredArray& array, int64_t row, int64_t column) {
  const float value = array.rows.row(row)[static_cast<size_t>(column)];
  if (std::isnan(value)) return "";
  if (HasWords(array, column)) return array.columns[static_cast<size_t>(column)].words[static_cast<size_t>(value)];
  return NumberText(value);
}

absl::StatusOr<std::vector<std::string>> LabelTexts(const StoredArray& array, int64_t column,
                                                    absl::string_view source) {
  std::vector<std::string> labels;
  labels.reserve(static_cast<size_t>(array.rows.rows()));
  for (int64_t r = 0; r < array.rows.rows(); ++r) {
    labels.push_back(TextOf(array, r, column));
    if (labels.back().empty()) return RowError(source, r, "the label is missing");
    if (HasWords(array, column)) continue;
    if (std::abs(array.rows.row(r)[static_cast<size_t>(column)]) >= kLargestExactNumber) {
      return RowError(
          source, r,
          absl::StrCat("label ", labels.back(), " is beyond ", static_cast<int64_t>(kLargestExactNumber) - 1,
                       ", up to which whole numbers are told from each other; use words"));
    }
    if (IsWholeNumber(labels.back())) continue;
    return RowError(source, r, absl::StrCat("label ", labels.back(), " is neither a whole number nor a word"));
  }
  return labels;
}

absl::StatusOr<std::vector<std::string>> ReadLabelTexts(const std::string& path, int64_t rows, CsvHeader header) {
  EBM_ASSIGN_OR_RETURN(const DataFile file, ReadDataFile(path));
  const std::string source = SourceName(path);
  const bool is_known = header != CsvHeader::kAuto;
  EBM_ASSIGN_OR_RETURN(StoredArray array,
                       ParseArray(file.bytes, source, {.header = is_known ? header : CsvHeader::kNo}));
  if (!is_known && !array.columns.empty() && array.rows.rows() == rows + 1) {
    EBM_ASSIGN_OR_RETURN(array, ParseArray(file.bytes, source, {.header = CsvHeader::kYes}));
  }
  const int64_t count = array.rows.rows() * array.rows.cols();
  if (array.rows.rows() != 1 && array.rows.cols() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": labels of ", array.rows.cols(), " values each; a label is one number or word"));
  }
  if (count != rows)
    return absl::InvalidArgumentError(absl::StrCat(source, ": ", count, " labels for ", rows, " rows"));
  std::vector<std::string> labels;
  for (int64_t c = 0; c < array.rows.cols(); ++c) {
    EBM_ASSIGN_OR_RETURN(std::vector<std::string> more, LabelTexts(array, c, source));
    labels.insert(labels.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return labels;
}

absl::StatusOr<std::vector<std::string>> ClassesOf(std::span<const std::string> labels, absl::string_view source) {
  const std::set<std::string> distinct(labels.begin(), labels.end());
  if (distinct.size() > static_cast<size_t>(kMaxClasses)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", distinct.size(), " different labels; at most ", kMaxClasses, " are allowed"));
  }
  std::vector<std::string> classes(distinct.begin(), distinct.end());
  if (!std::ranges::all_of(classes, IsWholeNumber)) return classes;
  const auto number = [](const std::string& text) {
    int64_t value = 0;
    (void)absl::SimpleAtoi(text, &value);
    return value;
  };
  std::ranges::sort(classes, {}, number);
  return classes;
}

absl::StatusOr<std::vector<int32_t>> IndicesOf(std::span<const std::string> labels,
                                               std::span<const std::string> classes, absl::string_view source) {
  std::map<absl::string_view, int32_t> index;
  for (size_t k = 0; k < classes.size(); ++k) index[classes[k]] = static_cast<int32_t>(k);
  const bool may_be_indices = std::ranges::none_of(classes, IsWholeNumber);
  std::vector<int32_t> indices;
  indices.reserve(labels.size());
  for (size_t r = 0; r < labels.size(); ++r) {
    int32_t number = -1;
    if (const auto found = index.find(labels[r]); found != index.end()) {
      indices.push_back(found->second);
    } else if (may_be_indices && absl::SimpleAtoi(labels[r], &number) && number >= 0 &&
               number < static_cast<int32_t>(classes.size())) {
      indices.push_back(number);
    } else {
      return RowError(source, r, absl::StrCat("label '", labels[r], "' is none of the classes: ", Shown(classes)));
    }
  }
  return indices;
}

}  // namespace ebm
