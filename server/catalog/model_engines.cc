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

int64_t TileRows(const EnergyModel& model) { return model.fixed_rows() > 0 ? model.fixed_rows() : kTileRows; }

// The rows that the model is called with where n are there.
int64_t RowsOfCall(const EnergyModel& model, int64_t n) { return model.fixed_rows() > 0 ? model.fixed_rows() : n; }

float EuclideanNorm(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return static_cast<float>(std::sqrt(sum));
}

}  // namespace

ModelChainEngine::ModelChainEngine(const EnergyModel* model, const TransitionKernel* kernel)
    : model_(*model),
      kernel_(*kernel),
      chains_(TileRows(*model), model->dimension()),
      row_of_(chains_.capacity()),
      slot_of_(chains_.capacity()),
      read_(chains_.capacity(), model->dimension()),
      log_density_(chains_.capacity()) {
  chains_.set_rows(RowsOfCall(model_, 0));
}

void ModelChainEngine::Admit(int slot, const batching::ChainEntry& entry) {
  const int64_t row = occupied_++;
  row_of_[slot] = row;
  slot_of_[row] = slot;
  chains_.set_rows(RowsOfCall(model_, occupied_));
  chains_.Set(row, ToModelSettings(*entry.settings, entry.chain), entry.step, entry.state, entry.free_coordinates);
}

void ModelChainEngine::Step() { kernel_.Step(*model_.log_density_gradient(), chains_); }

bool ModelChainEngine::IsFinite(int slot) const { return chains_.IsFinite(row_of_[slot]); }

void ModelChainEngine::Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) {
  const auto n = static_cast<int64_t>(slots.size());
  for (int64_t i = 0; i < n; ++i) {
    const std::span<const float> state = chains_.states().row(row_of_[slots[i]]);
    std::copy(state.begin(), state.end(), read_.row(i).begin());
  }
  std::copy_n(read_.values().begin(), states.size(), states.begin());
  const int64_t rows = RowsOfCall(model_, n);
  model_.LogDensity(read_.view().rows_from(0, rows), std::span(log_density_).first(rows));
  std::copy_n(log_density_.begin(), n, log_density.begin());
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
  chains_.Clear(last);
  chains_.set_rows(RowsOfCall(model_, occupied_));
}

ModelRowEngine::ModelRowEngine(const EnergyModel* model)
    : model_(*model),
      rows_(TileRows(*model), model->dimension()),
      logits_(rows_.rows(), model->class_logits()->num_classes()),
      gradient_(rows_.rows(), model->dimension()),
      log_density_(rows_.rows()),
      no_class_(rows_.rows(), kNoClass) {}

void ModelRowEngine::Evaluate(std::span<const float> rows, std::span<float> logits, std::span<float> log_density,
                              std::span<float> gradient_norm) {
  const std::span<float> tile = rows_.view().values();
  const auto rest = std::copy(rows.begin(), rows.end(), tile.begin());
  std::fill(rest, tile.end(), 0.0F);

  const int64_t n = RowsOfCall(model_, static_cast<int64_t>(log_density.size()));
  model_.class_logits()->Logits(rows_.view().rows_from(0, n), logits_.view().rows_from(0, n),
                                std::span(log_density_).first(n));
  std::copy_n(logits_.values().begin(), logits.size(), logits.begin());
  std::copy_n(log_density_.begin(), log_density.size(), log_density.begin());
  if (!gradient_norm.empty()) FillGradientNorms(n, gradient_norm);
}

void ModelRowEngine::FillGradientNorms(int64_t n, std::span<float> gradient_norm) {
  model_.log_density_gradient()->Evaluate(rows_.view().rows_from(0, n), std::span(no_class_).first(n),
                                          std::span(log_density_).first(n), gradient_.view().rows_from(0, n));
  for (size_t i = 0; i < gradient_norm.size(); ++i) {
    gradient_norm[i] = EuclideanNorm(std::as_const(gradient_).row(static_cast<int64_t>(i)));
  }
}

}  // namespace ebm::catalog
