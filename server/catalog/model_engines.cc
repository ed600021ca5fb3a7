#include "server/catalog/model_engines.h"

#include <algorithm>
#include <cmath>

namespace ebm::catalog {
namespace {

ChainSettings ToModelSettings(const batching::ChainSettings& settings, uint32_t chain) {
  return {.seed = settings.seed,
          .chain = chain,
          .step_size = settings.step_size,
          .noise_scale = settings.noise_scale,
          .target_class = settings.target_class,
          .clamp_lower = settings.clamp_lower,
          .clamp_upper = settings.clamp_upper,
          .noise_free_step = settings.noise_free_step};
}

float LogSumExp(std::span<const float> values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (const float value : values) sum += std::exp(value - largest);
  return static_cast<float>(largest + std::log(sum));
}

float EuclideanNorm(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return static_cast<float>(std::sqrt(sum));
}

}  // namespace

ModelChainEngine::ModelChainEngine(const EnergyModel* model, const TransitionKernel* kernel)
    : model_(*model), kernel_(*kernel), chains_(kTileRows, model->dimension()), log_density_(kTileRows) {}

void ModelChainEngine::Admit(int slot, const batching::ChainEntry& entry) {
  chains_.Set(slot, ToModelSettings(*entry.settings, entry.chain), entry.step, entry.state, entry.free_coordinates);
}

void ModelChainEngine::Step() { kernel_.Step(*model_.log_density_gradient(), chains_); }

bool ModelChainEngine::IsFinite(int slot) const { return chains_.IsFinite(slot); }

void ModelChainEngine::Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) {
  model_.LogDensity(std::as_const(chains_).states(), log_density_);
  auto next_state = states.begin();
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::span<const float> state = chains_.states().row(slots[i]);
    next_state = std::copy(state.begin(), state.end(), next_state);
    log_density[i] = log_density_[static_cast<size_t>(slots[i])];
  }
}

void ModelChainEngine::Release(int slot) { chains_.Clear(slot); }

ModelRowEngine::ModelRowEngine(const EnergyModel* model)
    : model_(*model),
      rows_(kTileRows, model->dimension()),
      logits_(kTileRows, model->class_logits()->num_classes()),
      gradient_(kTileRows, model->dimension()),
      log_density_(kTileRows),
      no_class_(kTileRows, kNoClass) {}

// ln p~(x) is the log of the sum of the logits' exponentials (ClassLogits), so one pass answers both.
void ModelRowEngine::Evaluate(std::span<const float> rows, std::span<float> logits, std::span<float> log_density,
                              std::span<float> gradient_norm) {
  const std::span<float> tile = rows_.view().values();
  const auto rest = std::copy(rows.begin(), rows.end(), tile.begin());
  std::fill(rest, tile.end(), 0.0F);

  model_.class_logits()->Logits(std::as_const(rows_).view(), logits_.view());
  std::copy_n(logits_.values().begin(), logits.size(), logits.begin());
  for (size_t i = 0; i < log_density.size(); ++i) {
    log_density[i] = LogSumExp(std::as_const(logits_).row(static_cast<int64_t>(i)));
  }
  if (!gradient_norm.empty()) FillGradientNorms(gradient_norm);
}

void ModelRowEngine::FillGradientNorms(std::span<float> gradient_norm) {
  model_.log_density_gradient()->Evaluate(std::as_const(rows_).view(), no_class_, log_density_, gradient_.view());
  for (size_t i = 0; i < gradient_norm.size(); ++i) {
    gradient_norm[i] = EuclideanNorm(std::as_const(gradient_).row(static_cast<int64_t>(i)));
  }
}

}  // namespace ebm::catalog
