#include "model/kernels/site_sweep.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/site_sweep.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Float>;

// Chains that one pass over a site's neighbours serves: two sums for each of two vectors.
constexpr size_t kVectors = 2;

HWY_INLINE void AddNeighbours(const SiteGraph& graph, int64_t first, int64_t last, const float* HWY_RESTRICT states,
                              Vector* sums) {
  const Float f;
  for (int64_t place = first; place < last; ++place) {
    const Vector weight = hn::Set(f, graph.weights[place]);
    const float* of_site = states + static_cast<size_t>(graph.neighbours[place]) * kTileChains;
    for (size_t v = 0; v < kVectors; ++v) {
      sums[v] = hn::MulAdd(weight, hn::Load(f, of_site + v * hn::Lanes(f)), sums[v]);
    }
  }
}

// u < sigma(a) without a division: u (1 + e) < 1 for a >= 0 and u (1 + e) < e otherwise, with e = exp(-|a|).
HWY_INLINE Vector Draw(Vector a, Vector uniform) {
  const Float f;
  const Vector one = hn::Set(f, 1.0F);
  const Vector e = hn::Exp(f, hn::Neg(hn::Abs(a)));
  const Vector bound = hn::IfThenElse(hn::Lt(a, hn::Zero(f)), e, one);
  return hn::IfThenElseZero(hn::Lt(hn::MulAdd(uniform, e, uniform), bound), one);
}

// The terms of ln p~ of one site, in float32, are added in double.
HWY_INLINE void AddTerms(const float* HWY_RESTRICT terms, double* HWY_RESTRICT log_density) {
  for (size_t chain = 0; chain < kTileChains; ++chain) log_density[chain] += terms[chain];
}

void SweepSitesImpl(const SiteGraph& graph, const SiteTile& tile, double* log_density) {
  const Float f;
  HWY_ALIGN float terms[kTileChains];
  const size_t at_once = kVectors * hn::Lanes(f);
  for (size_t site = 0; site < graph.bias.size(); ++site) {
    const Vector bias = hn::Set(f, graph.bias[site]);
    const Vector base = hn::Set(f, tile.base_logits[site]);
    for (size_t chain = 0; chain < kTileChains; chain += at_once) {
      Vector earlier[kVectors];
      Vector later[kVectors];
      for (size_t v = 0; v < kVectors; ++v) earlier[v] = later[v] = hn::Zero(f);
      AddNeighbours(graph, graph.first[site], graph.later[site], tile.states + chain, earlier);
      AddNeighbours(graph, graph.later[site], graph.first[site + 1], tile.states + chain, later);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t c = chain + v * hn::Lanes(f);
        const size_t place = site * kTileChains + c;
        const Vector upper = hn::Add(bias, later[v]);
        hn::Store(hn::Mul(hn::Load(f, tile.states + place), upper), f, terms + c);
        const Vector scaled = hn::Mul(hn::Load(f, tile.scale + c), hn::Add(upper, earlier[v]));
        const Vector a = hn::MulAdd(hn::Load(f, tile.base_scale + c), base, scaled);
        hn::Store(Draw(a, hn::Load(f, tile.uniform + place)), f, tile.states + place);
      }
    }
    AddTerms(terms, log_density);
  }
}

void LogDensityOfSitesImpl(const SiteGraph& graph, const float* states, double* log_density) {
  const Float f;
  HWY_ALIGN float terms[kTileChains];
  const size_t at_once = kVectors * hn::Lanes(f);
  for (size_t site = 0; site < graph.bias.size(); ++site) {
    const Vector bias = hn::Set(f, graph.bias[site]);
    for (size_t chain = 0; chain < kTileChains; chain += at_once) {
      Vector later[kVectors];
      for (size_t v = 0; v < kVectors; ++v) later[v] = hn::Zero(f);
      AddNeighbours(graph, graph.later[site], graph.first[site + 1], states + chain, later);
      for (size_t v = 0; v < kVectors; ++v) {
        const size_t c = chain + v * hn::Lanes(f);
        const Vector x = hn::Load(f, states + site * kTileChains + c);
        hn::Store(hn::Mul(x, hn::Add(bias, later[v])), f, terms + c);
      }
    }
    AddTerms(terms, log_density);
  }
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {

HWY_EXPORT(SweepSitesImpl);
HWY_EXPORT(LogDensityOfSitesImpl);

void SweepSites(const SiteGraph& graph, const SiteTile& tile, double* log_density) {
  std::fill_n(log_density, kTileChains, 0.0);
  HWY_DYNAMIC_DISPATCH(SweepSitesImpl)(graph, tile, log_density);
}

void LogDensityOfSites(const SiteGraph& graph, const float* states, double* log_density) {
  std::fill_n(log_density, kTileChains, 0.0);
  HWY_DYNAMIC_DISPATCH(LogDensityOfSitesImpl)(graph, states, log_density);
}

}  // namespace ebm::kernels
#endif
