// IDX files, the format of MNIST and similar data sets (yann.lecun.com/exdb/mnist): two zero bytes, a type byte, the
// number of axes, each axis' size as a big-endian uint32, then the values.
//
// Supported: unsigned bytes (type 0x08) with 1 to 4 axes; [n, a, b, ...] is read as [n, a * b * ...], and [n] as [n,
// 1].
//
// Errors: InvalidArgument with the source: a damaged header, another type, an axis of size 0, and sizes whose product
// is not exactly the number of bytes that follow (checked before anything is allocated).

#ifndef EBM_MODEL_IO_IDX_H_
#define EBM_MODEL_IO_IDX_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/stored_array.h"

namespace ebm {

bool IsIdx(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<StoredArray> ParseIdx(absl::string_view bytes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_IO_IDX_H_
