#include "model/scoring/partition_estimate.h"

#include <algorithm>

namespace ebm {

const char* NameOf(PartitionMethod method) { return method == PartitionMethod::kExact ? "exact" : "ais"; }

bool PartitionEstimate::Covers(std::span<const float> x) const {
  return std::ranges::none_of(
      x, [this](float value) { return value < box_lower.value_or(value) || value > box_upper.value_or(value); });
}

}  // namespace ebm
