#include "server/rpc/request_ids.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"

namespace ebm::rpc {
namespace {

constexpr size_t kMaxRequestId = 128;

std::array<uint32_t, 4> DrawIdSeed() {
  std::random_device device;
  return {device(), device(), device(), device()};
}

}  // namespace

bool IsRequestId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestId &&
         std::ranges::all_of(id, [](char c) { return c >= ' ' && c <= '~'; });
}

RequestIds::RequestIds() : RequestIds(DrawIdSeed()) {}

RequestIds::RequestIds(const std::array<uint32_t, 4>& seed) : key_{seed[0], seed[1]}, high_{seed[2], seed[3]} {}

// Philox is a bijection of its counter, so ids of one key do not repeat.
std::string RequestIds::Next() {
  const uint64_t low = made_.fetch_add(1, std::memory_order_relaxed);
  const PhiloxCounter counter = {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), high_[0], high_[1]};
  const PhiloxCounter bits = Philox4x32(counter, key_);
  return absl::StrCat(absl::Hex(bits[0], absl::kZeroPad8), absl::Hex(bits[1], absl::kZeroPad8),
                      absl::Hex(bits[2], absl::kZeroPad8), absl::Hex(bits[3], absl::kZeroPad8));
}

}  // namespace ebm::rpc
