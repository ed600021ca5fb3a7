// The header of a NumPy array file: a Python dictionary literal with exactly three keys.
//
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
// The parser accepts only this form, not Python in general: keys in any order, blanks between tokens.

#ifndef EBM_MODEL_IO_NPY_HEADER_H_
#define EBM_MODEL_IO_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

struct NpyHeader {
  std::string descr;  // numpy's dtype, "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// Errors: InvalidArgument with the position in `text` of the first deviation from that form.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text);

}  // namespace ebm

#endif  // EBM_MODEL_IO_NPY_HEADER_H_
