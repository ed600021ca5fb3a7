// Any bytes read as CSV are rejected, or give a well-formed matrix.

#include "model/io/csv.h"

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::StoredArray> table = ebm::ParseCsv(text, "fuzz");
  if (table.ok()) ebm::CheckIsWellFormedTable(*table);
  return 0;
}
