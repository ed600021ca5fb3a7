// Labels of any text, and the classes that they name.
//
// Classes are the distinct labels: whole numbers in their order, otherwise texts in alphabetical order.
//
// Errors: InvalidArgument with the source and the row (from 1): a label that is missing, or a number that is not whole
// or beyond 2^24, where float32 does not tell it from its neighbours; and what the functions say.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_CLASS_LABELS_H_
#define EBM_MODEL_OFFLINE_DATA_CLASS_LABELS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/csv.h"
#include "model/io/stored_array.h"

namespace ebm {

inline constexpr int32_t kMaxClasses = 1 << 16;
inline constexpr char kOnlyClass[] = "data";  // of rows without labels

// A number in the fewest digits that give it again.
std::string NumberText(float value);

// The text of a value: the word, or the number's. Empty: missing.
std::string TextOf(const StoredArray& array, int64_t row, int64_t column);

// Whether a column has words, rather than numbers.
bool HasWords(const StoredArray& array, int64_t column);

// The texts of a column that are labels, [n].
absl::StatusOr<std::vector<std::string>> LabelTexts(const StoredArray& array, int64_t column, absl::string_view source);

// The same for a file of labels, which has one for each of `rows` rows. If its header is found, it is one if there is a
// line more than rows.
absl::StatusOr<std::vector<std::string>> ReadLabelTexts(const std::string& path, int64_t rows, CsvHeader header);

// The distinct labels in the order of their classes. Errors: more than kMaxClasses.
absl::StatusOr<std::vector<std::string>> ClassesOf(std::span<const std::string> labels, absl::string_view source);

// Each label's class: the one with this name or, if no class has a number for a name, the one with this index. Errors:
// a label that names no class, with the known ones.
absl::StatusOr<std::vector<int32_t>> IndicesOf(std::span<const std::string> labels,
                                               std::span<const std::string> classes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_CLASS_LABELS_H_
