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

float EuclideanNorm(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return static_cast<float>(std::sqrt(sum));
}

}  // namespace

ModelChainEngine::ModelChainEngine(const EnergyModel* model, const TransitionKernel* kernel)
    : model_(*model),
      kernel_(*kernel),
      chains_(kTileRows, model->dimension()),
      row_of_(chains_.capacity()),
      slot_of_(chains_.capacity()) {
  chains_.set_rows(0);
}

void ModelChainEngine::Admit(int slot, const batching::ChainEntry& entry) {
  const int64_t row = occupied_++;
  row_of_[slot] = row;
  slot_of_[row] = slot;
  chains_.set_rows(occupied_);
  chains_.Set(row, ToModelSettings(*entry.settings, entry.chain), entry.step, entry.state, entry.free_coordinates);
}

void ModelChainEngine::Step() { kernel_.Step(*model_.log_density_gradient(), chains_); }

bool ModelChainEngine::IsFinite(int slot) const { return chains_.IsFinite(row_of_[slot]); }

void ModelChainEngine::Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) {
  const Matrix read(states.data(), static_cast<int64_t>(slots.size()), model_.dimension());
  for (size_t i = 0; i < slots.size(); ++i) {
    std::ranges::copy(chains_.states().row(row_of_[slots[i]]), read.row(static_cast<int64_t>(i)).begin());
  }
  model_.LogDensity(read, log_density);
}

// The last row moves into the hole.
void ModelChainEngine::Release(int slot) {
  const int64_t row = row_of_[slot];
  const int64_t last = --occupied_;
  if (row != last) {
    chains_.Copy(last, row);
    slot_of_[row] = slot_of_[last];
    row_of_[slot_of_[row]] = row;
  }
  chains_.set_rows(occupied_);
}

ModelRowEngine::ModelRowEngine(const EnergyModel* model)
    : model_(*model),
      gradient_(kTileRows, model->dimension()),
      log_density_(kTileRows),
      no_class_(kTileRows, kNoClass) {}

void ModelRowEngine::Evaluate(std::span<const float> rows, std::span<float> logits, std::span<float> log_density,
                              std::span<float> gradient_norm) {
  const auto n = static_cast<int64_t>(log_density.size());
  const ConstMatrix x(rows.data(), n, model_.dimension());
  model_.class_logits()->Logits(x, {logits.data(), n, num_classes()}, log_density);
  if (!gradient_norm.empty()) FillGradientNorms(x, gradient_norm);
}

void ModelRowEngine::FillGradientNorms(ConstMatrix x, std::span<float> gradient_norm) {
  const int64_t n = x.rows();
  model_.log_density_gradient()->Evaluate(x, std::span(no_class_).first(n), std::span(log_density_).first(n),
                                          gradient_.view().rows_from(0, n));
  for (int64_t i = 0; i < n; ++i) gradient_norm[i] = EuclideanNorm(std::as_const(gradient_).row(i));
}

}  // namespace ebm::catalog
