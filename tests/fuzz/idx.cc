// Any bytes read as an IDX array are rejected, or give as many finite values as the shape requires.

#include "model/io/idx.h"

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::StoredArray> array = ebm::ParseIdx(bytes, "fuzz");
  if (!array.ok()) return 0;
  ebm::CheckIsWellFormed(array->rows);
  ebm::Check(array->rows.rows() == array->shape[0], "a row an item");
  return 0;
}
