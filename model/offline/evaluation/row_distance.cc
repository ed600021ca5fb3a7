#include "model/offline/evaluation/row_distance.h"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "model/core/row_slices.h"

namespace ebm {
namespace {

Nearest FindNearestTo(std::span<const float> query, ConstMatrix set) {
  Nearest nearest;
  float least = std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < set.rows(); ++i) {
    const float distance = SquaredDistance(query, set.row(i));
    if (distance >= least) continue;
    least = distance;
    nearest.row = i;
  }
  nearest.distance = std::sqrt(double{least});
  return nearest;
}

}  // namespace

float SquaredDistance(std::span<const float> a, std::span<const float> b) {
  constexpr size_t kSums = 8;
  std::array<float, kSums> sums{};
  const size_t whole = a.size() - a.size() % kSums;
  for (size_t i = 0; i < whole; i += kSums) {
    for (size_t j = 0; j < kSums; ++j) {
      const float difference = a[i + j] - b[i + j];
      sums[j] += difference * difference;
    }
  }
  for (size_t i = whole; i < a.size(); ++i) sums[i - whole] += (a[i] - b[i]) * (a[i] - b[i]);
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

std::vector<Nearest> FindNearest(ConstMatrix queries, ConstMatrix set, int threads) {
  std::vector<Nearest> found(queries.rows());
  ForEachSlice(queries.rows(), threads, [&](int64_t /*slice*/, int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) found[i] = FindNearestTo(queries.row(i), set);
  });
  return found;
}

}  // namespace ebm
