#include "model/offline/train/row_order.h"

#include <numeric>
#include <utility>

#include "model/core/random.h"

namespace ebm {
namespace {

std::vector<int64_t> Permutation(const RandomKey& key, int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n - 1; i > 0; --i) {
    const auto index = static_cast<uint32_t>(i);
    std::swap(order[i], order[UniformInteger(key, index, index + 1)]);
  }
  return order;
}

}  // namespace

std::vector<int64_t> EpochOrder(uint64_t seed, uint32_t epoch, int64_t n) {
  return Permutation({.seed = seed, .stream = RandomStream::kDataOrder, .step = epoch}, n);
}

std::vector<int64_t> HoldOutOrder(uint64_t seed, int64_t n) {
  return Permutation({.seed = seed, .stream = RandomStream::kHoldOut}, n);
}

}  // namespace ebm
