#include "model/energy/boltzmann_machine.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

using kernels::kTileChains;

constexpr int32_t kLevels = 2;
constexpr float kNoSite = std::numeric_limits<float>::quiet_NaN();
// The uniform number with which a draw is the more probable of two levels, and those with which it is 1 and 0.
constexpr float kEvenOdds = 0.5F;
constexpr float kStaysAtOne = -1.0F;
constexpr float kStaysAtZero = 2.0F;

// Calls visit(first row, number of rows) for consecutive tiles of n rows.
template <typename Visit>
void ForEachTileOfChains(int64_t n, Visit visit) {
  constexpr auto kRows = static_cast<int64_t>(kTileChains);
  for (int64_t first = 0; first < n; first += kRows) visit(first, std::min(kRows, n - first));
}

bool AreLevels(std::span<const float> x) {
  return std::ranges::all_of(x, [](float value) { return IsLevel(value, kLevels); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<BoltzmannMachine>> BoltzmannMachine::Create(const ModelSpec& spec,
                                                                           const std::vector<NamedTensor>& tensors,
                                                                           Precision precision) {
  if (precision == Precision::kBf16) {
    return absl::FailedPreconditionError(absl::StrCat("precision is bf16; family ", spec.family(), " has f32 only"));
  }
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<IndependentBase> base, IndependentBase::Create(spec, tensors));
  std::unique_ptr<BoltzmannMachine> model(new BoltzmannMachine(spec, std::move(base)));
  model->SetParameters({found[0]->values, found[1]->values});
  return model;
}

// The edges are in rising order, so that all neighbours of a site that are below it come in rising order, too.
BoltzmannMachine::BoltzmannMachine(const ModelSpec& spec, std::unique_ptr<IndependentBase> base)
    : edges_(EdgesOf(std::get<BoltzmannSpec>(spec.network), spec.dimension())),
      levels_(static_cast<size_t>(spec.dimension()), kLevels),
      base_(std::move(base)),
      first_(levels_.size() + 1),
      later_(levels_.size()),
      neighbours_(2 * edges_.size()),
      edge_of_(2 * edges_.size()),
      weights_(2 * edges_.size()),
      bias_(levels_.size()) {
  for (const auto& [low, high] : edges_) {
    ++first_[static_cast<size_t>(low) + 1];
    ++first_[static_cast<size_t>(high) + 1];
    ++later_[static_cast<size_t>(high)];
  }
  for (size_t site = 0; site < levels_.size(); ++site) {
    first_[site + 1] += first_[site];
    later_[site] += first_[site];
  }
  std::vector<int64_t> below(first_.begin(), first_.end() - 1);
  std::vector<int64_t> above = later_;
  for (int64_t e = 0; e < std::ssize(edges_); ++e) {
    const auto& [low, high] = edges_[e];
    for (const auto& [place, neighbour] : {std::pair(above[low]++, high), std::pair(below[high]++, low)}) {
      neighbours_[place] = static_cast<int32_t>(neighbour);
      edge_of_[place] = e;
    }
  }
}

void BoltzmannMachine::SetParameters(const std::vector<std::span<const float>>& parameters) {
  for (size_t place = 0; place < weights_.size(); ++place) weights_[place] = parameters[0][edge_of_[place]];
  std::ranges::copy(parameters[1], bias_.begin());
}

BoltzmannMachine::Workspace::Workspace(const BoltzmannMachine& model)
    : states(model.bias_.size(), kTileChains),
      uniform(model.bias_.size(), kTileChains),
      scale(kTileChains),
      base_scale(kTileChains),
      draws(model.bias_.size()),
      log_density(kTileChains),
      has_levels(kTileChains) {}

kernels::SiteGraph BoltzmannMachine::graph() const {
  return {.first = first_, .later = later_, .neighbours = neighbours_, .weights = weights_, .bias = bias_};
}

// Chains of the tile without a row, and rows that are not of levels, are at 0.
void BoltzmannMachine::Load(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const {
  for (size_t chain = 0; chain < kTileChains; ++chain) {
    const bool has_row = static_cast<int64_t>(chain) < count;
    const std::span<const float> row = has_row ? x.row(first + static_cast<int64_t>(chain)) : std::span<const float>();
    workspace.has_levels[chain] = has_row && AreLevels(row) ? 1 : 0;
    for (size_t site = 0; site < bias_.size(); ++site) {
      workspace.states.row(site)[chain] = workspace.has_levels[chain] == 1 ? row[site] : 0;
    }
  }
}

void BoltzmannMachine::LogDensities(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const {
  Load(x, first, count, workspace);
  kernels::LogDensityOfSites(graph(), workspace.states.row(0), workspace.log_density.data());
  for (int64_t i = 0; i < count; ++i) {
    if (workspace.has_levels[i] == 0) workspace.log_density[i] = kNoSite;
  }
}

void BoltzmannMachine::LogDensity(ConstMatrix x, std::span<float> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  ForEachTileOfChains(x.rows(), [&](int64_t first, int64_t count) {
    LogDensities(x, first, count, *loan);
    for (int64_t i = 0; i < count; ++i) log_density[first + i] = static_cast<float>((*loan).log_density[i]);
  });
}

void BoltzmannMachine::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  LogDensity(x, log_density);
  std::ranges::copy(log_density, logits.values().begin());
}

void BoltzmannMachine::LogDensityAlong(ConstMatrix x, std::span<const double> betas,
                                       std::span<double> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  ForEachTileOfChains(x.rows(), [&](int64_t first, int64_t count) {
    LogDensities(x, first, count, *loan);
    for (int64_t i = 0; i < count; ++i) {
      const double log_base = base_->LogMarginal(x.row(first + i));
      const double of_model = (*loan).log_density[i];
      double* const along = log_density.data() + (first + i) * std::ssize(betas);
      for (size_t b = 0; b < betas.size(); ++b) along[b] = (1 - betas[b]) * log_base + betas[b] * of_model;
    }
  });
}

void BoltzmannMachine::PrepareChain(const SweepSettings& sweep, std::span<const float> x, size_t chain,
                                    Workspace& workspace) const {
  workspace.scale.data()[chain] = sweep.beta / sweep.temperature;
  workspace.base_scale.data()[chain] = (1 - sweep.beta) / sweep.temperature;
  if (sweep.takes_mode) {
    std::ranges::fill(workspace.draws, kEvenOdds);
  } else {
    FillUniform({.seed = sweep.seed, .stream = RandomStream::kGibbsVisible, .chain = sweep.chain, .step = sweep.step},
                workspace.draws);
  }
  for (size_t site = 0; site < bias_.size(); ++site) {
    const bool is_free = sweep.free_coordinates.empty() || sweep.free_coordinates[site] != 0;
    const float held = x[site] == 1 ? kStaysAtOne : kStaysAtZero;
    workspace.uniform.row(site)[chain] = is_free ? workspace.draws[site] : held;
  }
}

void BoltzmannMachine::Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const {
  assert(sweeps.size() == static_cast<size_t>(states.rows()) && log_density.size() == sweeps.size());
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  ForEachTileOfChains(states.rows(), [&](int64_t first, int64_t count) {
    Load(states, first, count, workspace);
    for (int64_t i = 0; i < count; ++i) {
      PrepareChain(sweeps[first + i], states.row(first + i), static_cast<size_t>(i), workspace);
    }
    kernels::SweepSites(graph(),
                        {.states = workspace.states.row(0),
                         .uniform = workspace.uniform.row(0),
                         .scale = workspace.scale.data(),
                         .base_scale = workspace.base_scale.data(),
                         .base_logits = base_->site_logits()},
                        workspace.log_density.data());
    for (int64_t i = 0; i < count; ++i) {
      const bool has_levels = workspace.has_levels[i] == 1;
      log_density[first + i] = has_levels ? static_cast<float>(workspace.log_density[i]) : kNoSite;
      const std::span<float> x = states.row(first + i);
      for (size_t site = 0; site < x.size(); ++site) {
        x[site] = has_levels ? workspace.states.row(site)[i] : kNoSite;
      }
    }
  });
}

}  // namespace ebm
