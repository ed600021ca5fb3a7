// Any bytes read as a NumPy array are rejected, or read and written again without loss.

#include "model/io/npy.h"

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::StoredArray> array = ebm::ParseNpy(bytes, "fuzz");
  if (!array.ok()) return 0;
  const ebm::MatrixBuffer& matrix = array->rows;
  ebm::CheckIsWellFormed(matrix);
  const absl::StatusOr<ebm::StoredArray> again = ebm::ParseNpy(ebm::SerializeNpy(matrix.view()), "fuzz");
  ebm::Check(again.ok() && again->rows.values() == matrix.values(), "written again, values are the same");
  ebm::Check(again->rows.rows() == matrix.rows() && again->rows.cols() == matrix.cols(),
             "written again, the shape is the same");
  return 0;
}
