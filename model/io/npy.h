// NumPy's array file (NEP 1: https://numpy.org/neps/nep-0001-npy-format.html), versions 1.0, 2.0 and 3.0.
//
// Supported for reading: f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 and bool of either byte order, in C and in Fortran order, as
// numpy reads them; every value becomes the nearest float32, and NaN marks a missing value (stored_array.h). A 1-D
// array of n values is one row, [1, n]. Written: float32, version 1.0, the header padded to 64 bytes as numpy does.
//
// Errors: InvalidArgument with the source: damaged header, other dtypes, a shape without values, or whose size is not
// exactly that of the bytes that follow (checked before anything is allocated), a value that is infinite in float32.

#ifndef EBM_MODEL_IO_NPY_H_
#define EBM_MODEL_IO_NPY_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/io/stored_array.h"

namespace ebm {

bool IsNpy(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<StoredArray> ParseNpy(absl::string_view bytes, absl::string_view source);

// REQUIRES: values holds exactly the product of shape.
std::string SerializeNpy(std::span<const float> values, std::span<const int64_t> shape);
std::string SerializeNpy(ConstMatrix matrix);

}  // namespace ebm

#endif  // EBM_MODEL_IO_NPY_H_
