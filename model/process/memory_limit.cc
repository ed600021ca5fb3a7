#include "model/process/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "model/process/control_group.h"

namespace ebm {
namespace {

constexpr int kMbWithoutLimit = 1024;
constexpr int kShare = 4;
// Version 1 writes the largest multiple of a page for "no limit".
constexpr uint64_t kNoLimit = uint64_t{1} << 60;

// nullopt for "max", for a missing file, and for text that is not a positive number.
std::optional<uint64_t> LimitOf(const std::filesystem::path& group) {
  for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
    std::ifstream file(group / name);
    int64_t bytes = 0;
    if (file >> bytes && bytes > 0 && static_cast<uint64_t>(bytes) < kNoLimit) return bytes;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> CgroupMemoryLimit(const std::filesystem::path& root) {
  std::optional<uint64_t> least;
  for (const std::filesystem::path& group : ControlGroups(root, "memory")) {
    const std::optional<uint64_t> limit = LimitOf(group);
    if (limit) least = std::min(*limit, least.value_or(*limit));
  }
  return least;
}

int DefaultRequestMemoryMb(const std::filesystem::path& root) {
  const std::optional<uint64_t> limit = CgroupMemoryLimit(root);
  if (!limit) return kMbWithoutLimit;
  const uint64_t mb = *limit / kShare >> 20;
  return static_cast<int>(std::clamp<uint64_t>(mb, 1, std::numeric_limits<int>::max()));
}

}  // namespace ebm
