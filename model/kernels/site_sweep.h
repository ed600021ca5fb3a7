// One sweep over the sites of Boltzmann machines (model/energy/boltzmann_machine.h), for a tile of chains side by side:
// a site's field is computed from its neighbours' states and, at once, the site drawn, so that later sites see it.
//
//   field of site i     a_i = b_i + sum over j < i of w_ij x_j (drawn already) + sum over j > i of w_ij x_j (as before)
//   x_i = 1             if u_i < 1 / (1 + exp(-(s a_i + t beta_i)))
//   ln p~ before        sum over i of x_i (b_i + sum over j > i of w_ij x_j), each edge once
//
// s and t are scales of the chain, beta_i the site's logit under the base density. Each of the two sums has the order
// of the neighbours, so that the bits depend neither on the width of the vectors nor on the other chains (among
// instruction sets from AVX2 on).
//
// Arrays of a tile are [sites, kTileChains], aligned to a cache line: the chains of a site are contiguous.
//
// Threads: reentrant.

#ifndef EBM_MODEL_KERNELS_SITE_SWEEP_H_
#define EBM_MODEL_KERNELS_SITE_SWEEP_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace ebm::kernels {

inline constexpr size_t kTileChains = 32;

// The neighbours of site i are places first[i] to first[i + 1] - 1 of the last two; from later[i] on, they are above i.
struct SiteGraph {
  std::span<const int64_t> first;       // [sites + 1]
  std::span<const int64_t> later;       // [sites]
  std::span<const int32_t> neighbours;  // rising for each site
  std::span<const float> weights;
  std::span<const float> bias;  // [sites]
};

struct SiteTile {
  float* states = nullptr;             // 0 or 1
  const float* uniform = nullptr;      // on [0, 1); -1 for a site that stays at 1, 2 for one that stays at 0
  const float* scale = nullptr;        // s, [kTileChains]
  const float* base_scale = nullptr;   // t, [kTileChains]
  std::span<const float> base_logits;  // beta, [sites]
};

// Sets log_density, [kTileChains], to ln p~ of the states before.
void SweepSites(const SiteGraph& graph, const SiteTile& tile, double* log_density);

// The same ln p~, bit for bit, and no draws. states: [sites, kTileChains].
void LogDensityOfSites(const SiteGraph& graph, const float* states, double* log_density);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_SITE_SWEEP_H_
