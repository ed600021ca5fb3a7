// The handwritten digits that are embedded in the library: 1797 images of 8x8 pixels from 0 to 16, ten classes. Source
// and licence: digits/SOURCE.md.
//
// The order of rows matters: the data set keeps writers together, and the split below is the one of the published
// notebook, so that error figures can be compared. Nothing is selected on the test rows.

#ifndef EBM_MODEL_OFFLINE_DATA_DIGITS_H_
#define EBM_MODEL_OFFLINE_DATA_DIGITS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "model/io/labelled_data.h"
#include "model/spec/model_spec.h"

namespace ebm {

inline constexpr int64_t kDigitsHeight = 8;
inline constexpr int64_t kDigitsWidth = 8;
inline constexpr int32_t kDigitsClasses = 10;
inline constexpr DataRange kDigitsRange{0.0F, 16.0F};

// Rows [first, first + count).
struct RowRange {
  int64_t first = 0;
  int64_t count = 0;
};

inline constexpr int64_t kDigitsRows = 1797;
inline constexpr RowRange kDigitsTrain{0, 1000};
inline constexpr RowRange kDigitsValidation{1000, 350};
inline constexpr RowRange kDigitsTest{1350, 447};

// The embedded file digits/digits.csv: 64 pixels and a label per line.
absl::string_view DigitsCsv();

// The whole set, parsed by the CSV reader. rows: [1797, 64], data units.
LabelledData Digits();

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_DIGITS_H_
