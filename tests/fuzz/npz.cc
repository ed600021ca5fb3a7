// Any bytes read as an NPZ archive are rejected, or give well-formed arrays within the limit.

#include "model/io/npz.h"

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLimit = size_t{1} << 20;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<std::vector<ebm::NpzArray>> arrays = ebm::ParseNpz(bytes, "fuzz", kLimit);
  if (!arrays.ok()) return 0;
  size_t values = 0;
  for (const ebm::NpzArray& array : *arrays) {
    ebm::CheckIsWellFormed(array.array.rows);
    values += array.array.rows.values().size();
  }
  ebm::Check(values <= kLimit, "a value takes a byte at least");
  return 0;
}
