#include "model/offline/data/archive_rows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/offline/data/class_labels.h"

namespace ebm {
namespace {

constexpr absl::string_view kRowNames[] = {"x", "data", "images", "x_train", "train_images"};
constexpr absl::string_view kLabelArrayNames[] = {"y", "labels", "label", "target", "y_train", "train_labels"};
constexpr size_t kNoArray = static_cast<size_t>(-1);

bool IsCalled(const NpzArray& array, std::span<const absl::string_view> names) {
  return std::ranges::any_of(names, [&](absl::string_view name) { return absl::EqualsIgnoreCase(array.name, name); });
}

int64_t ValuesPerRow(const NpzArray& array) { return array.array.shape.size() < 2 ? 0 : array.array.rows.cols(); }

bool HasOneValuePerRow(const NpzArray& array) {
  const std::vector<int64_t>& shape = array.array.shape;
  return shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
}

bool AreWhole(const StoredArray& array) {
  return std::ranges::all_of(array.rows.values(), [](float value) { return value == std::floor(value); });
}

std::string Shown(const NpzArray& array) {
  return absl::StrCat(array.name, " [", absl::StrJoin(array.array.shape, ", "), "]");
}

std::string ShownAll(std::span<const NpzArray> arrays) {
  const auto append = [](std::string* out, const NpzArray& array) { absl::StrAppend(out, Shown(array)); };
  return absl::StrJoin(arrays, ", ", append);
}

// The only one, or the only one of them that has such a name; kNoArray otherwise.
size_t OnlyOne(std::span<const NpzArray> arrays, std::span<const size_t> candidates,
               std::span<const absl::string_view> names) {
  if (candidates.size() == 1) return candidates.front();
  size_t found = kNoArray;
  for (const size_t candidate : candidates) {
    if (!IsCalled(arrays[candidate], names)) continue;
    if (found != kNoArray) return kNoArray;
    found = candidate;
  }
  return found;
}

template <typename Predicate>
std::vector<size_t> Indices(std::span<const NpzArray> arrays, Predicate predicate) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (predicate(arrays[i])) chosen.push_back(i);
  }
  return chosen;
}

absl::StatusOr<size_t> FindRows(std::span<const NpzArray> arrays, absl::string_view source) {
  std::vector<size_t> candidates = Indices(arrays, [](const NpzArray& array) { return ValuesPerRow(array) > 1; });
  if (candidates.empty()) {
    candidates = Indices(arrays, [](const NpzArray& array) { return ValuesPerRow(array) > 0; });
  }
  if (const size_t rows = OnlyOne(arrays, candidates, kRowNames); rows != kNoArray) return rows;
  const absl::string_view what =
      candidates.empty() ? "has no array of rows, of two or more axes" : "has several arrays that may be the rows";
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": the archive ", what, ": ", ShownAll(arrays), "; name one of them x, and its labels y"));
}

// kNoArray: there is none.
absl::StatusOr<size_t> FindLabels(std::span<const NpzArray> arrays, size_t rows, absl::string_view source) {
  const int64_t count = arrays[rows].array.shape[0];
  const auto fits = [&](const NpzArray& array) {
    return &array != &arrays[rows] && HasOneValuePerRow(array) && array.array.shape[0] == count &&
           AreWhole(array.array);
  };
  const std::vector<size_t> candidates = Indices(arrays, fits);
  for (const size_t called : Indices(arrays, [](const NpzArray& a) { return IsCalled(a, kLabelArrayNames); })) {
    if (called == rows || fits(arrays[called]) || !candidates.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(source, ": the array ", Shown(arrays[called]),
                                                   " is not one whole number for each row of ", Shown(arrays[rows])));
  }
  const size_t labels = OnlyOne(arrays, candidates, kLabelArrayNames);
  if (labels != kNoArray || candidates.empty()) return labels;
  return absl::InvalidArgumentError(absl::StrCat(source, ": the archive has several arrays that may be the labels of ",
                                                 Shown(arrays[rows]), ": ", ShownAll(arrays), "; name one of them y"));
}

void NoteChoice(std::span<const NpzArray> arrays, size_t rows, size_t labels, StoredData& data) {
  if (arrays.size() == (labels == kNoArray ? 1U : 2U)) return;
  std::vector<std::string> left;
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (i != rows && i != labels) left.push_back(arrays[i].name);
  }
  data.notes.push_back(
      absl::StrCat("the rows are the archive's array ", arrays[rows].name, "; not used: ", absl::StrJoin(left, ", ")));
}

}  // namespace

absl::StatusOr<StoredData> RowsOfArchive(std::vector<NpzArray>&& arrays, absl::string_view source) {
  EBM_ASSIGN_OR_RETURN(const size_t rows, FindRows(arrays, source));
  EBM_ASSIGN_OR_RETURN(const size_t labels, FindLabels(arrays, rows, source));
  StoredData data;
  NoteChoice(arrays, rows, labels, data);
  if (labels != kNoArray) {
    StoredArray& array = arrays[labels].array;
    const int64_t count = array.shape[0];
    array.rows = MatrixBuffer(std::move(array.rows).TakeValues(), count, 1);
    EBM_ASSIGN_OR_RETURN(data.labels, LabelTexts(array, 0, absl::StrCat(source, ": ", arrays[labels].name)));
  }
  data.content = std::move(arrays[rows].array);
  return data;
}

}  // namespace ebm
