#include "model/offline/data/digits.h"

#include "absl/strings/str_cat.h"
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

}  // namespace

absl::string_view DigitsCsv() {
  return {ebm_digits_csv_begin, static_cast<size_t>(ebm_digits_csv_end - ebm_digits_csv_begin)};
}

LabelledData Digits() {
  InputFormat format = {.input_shape = {kDigitsHeight, kDigitsWidth}, .columns = {DataColumn()}};
  for (int k = 0; k < kDigitsClasses; ++k) format.class_labels.push_back(absl::StrCat(k));
  return RowsForModel({.content = ParseCsv(DigitsCsv(), kName).value()}, {.rows = kName}, format).value();
}

}  // namespace ebm
