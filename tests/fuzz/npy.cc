// Any bytes read as a NumPy array are rejected, or read and written again without loss.

#include "model/io/npy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::StoredArray> array = ebm::ParseNpy(bytes, "fuzz");
  if (!array.ok()) return 0;
  const ebm::MatrixBuffer& matrix = array->rows;
  ebm::Check(matrix.rows() > 0 && matrix.cols() > 0, "a matrix has rows and columns");
  for (const float value : matrix.values()) ebm::Check(!std::isinf(value), "values are finite or missing");
  const absl::StatusOr<ebm::StoredArray> again = ebm::ParseNpy(ebm::SerializeNpy(matrix.view()), "fuzz");
  const auto are_same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  ebm::Check(again.ok() && std::ranges::equal(again->rows.values(), matrix.values(), are_same),
             "written again, values are the same");
  ebm::Check(again->rows.rows() == matrix.rows() && again->rows.cols() == matrix.cols(),
             "written again, the shape is the same");
  return 0;
}
