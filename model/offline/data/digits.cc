#include "model/offline/data/digits.h"

#include "model/io/csv.h"
#include "model/offline/data/reader.h"

// EBM_DIGITS_CSV is the file's path, given by the build.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "ebm_digits_csv_begin:\n"
    ".incbin \"" EBM_DIGITS_CSV
    "\"\n"
    "ebm_digits_csv_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char ebm_digits_csv_begin[];
extern const char ebm_digits_csv_end[];
}

namespace ebm {
namespace {

constexpr char kName[] = "the embedded digits";
constexpr int64_t kShape[] = {kDigitsHeight, kDigitsWidth};

}  // namespace

absl::string_view DigitsCsv() {
  return {ebm_digits_csv_begin, static_cast<size_t>(ebm_digits_csv_end - ebm_digits_csv_begin)};
}

LabelledData Digits() {
  absl::StatusOr<MatrixBuffer> matrix = ParseCsv(DigitsCsv(), kName);
  StoredArray array = {.shape = {kDigitsRows, kDigitsHeight * kDigitsWidth + 1}, .rows = std::move(matrix).value()};
  return LabelRows(std::move(array), {.rows = kName}, kShape, kDigitsClasses).value();
}

}  // namespace ebm
