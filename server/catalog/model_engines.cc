#include "server/catalog/model_engines.h"

#include <algorithm>

#include "model/core/euclidean_norm.h"
#include "model/core/guarded.h"
#include "model/scoring/outlier_score.h"

namespace ebm::catalog {
namespace {

ChainSettings ToModelSettings(const batching::ChainEntry& entry) {
  const batching::ChainSettings& settings = *entry.settings;
  return {.seed = settings.seed,
          .chain = entry.chain,
          .step_size = entry.progress.step_size,
          .noise_scale = entry.progress.noise_scale,
          .target_class = settings.target_class,
          .clamp_lower = settings.clamp_lower,
          .clamp_upper = settings.clamp_upper,
          .noise_free_step = settings.noise_free_step,
          .adaptation_steps = settings.adaptation_steps};
}

}  // namespace

ModelChainEngine::ModelChainEngine(const EnergyModel* model)
    : model_(*model),
      langevin_(*model->log_density_gradient()),
      metropolis_(*model->log_density_gradient()),
      unadjusted_chains_(kTileRows, model->dimension()),
      adjusted_chains_(kTileRows, model->dimension()),
      unadjusted_{&unadjusted_chains_, {}},
      adjusted_{&adjusted_chains_, {}},
      annealed_{nullptr, {}},
      row_of_(kTileRows) {
  if (model->base_density() != nullptr) {
    annealed_chains_.emplace(*model->log_density_gradient(), *model->base_density(), kTileRows);
    annealed_.chains = &annealed_chains_->chains();
  }
  for (Batch* const batch : {&unadjusted_, &adjusted_, &annealed_}) {
    batch->slot_of.reserve(kTileRows);
    if (batch->chains != nullptr) batch->chains->set_rows(0);
  }
}

absl::Status ModelChainEngine::Admit(int slot, const batching::ChainEntry& entry) {
  const batching::ChainSettings& settings = *entry.settings;
  Batch& batch = settings.annealing_steps > 0 ? annealed_ : settings.metropolis ? adjusted_ : unadjusted_;
  const int64_t row = batch.chains->rows();
  row_of_[slot] = {&batch, row};
  batch.slot_of.push_back(slot);
  batch.chains->set_rows(row + 1);
  return Guarded([&] {
    if (settings.annealing_steps > 0) {
      annealed_chains_->Set(row, ToModelSettings(entry), entry.step, settings.annealing_steps,
                            entry.progress.log_weight, entry.state);
    } else {
      batch.chains->Set(row, ToModelSettings(entry), entry.step, entry.state, entry.free_coordinates);
    }
    return absl::OkStatus();
  });
}

absl::Status ModelChainEngine::Step() {
  return Guarded([&] {
    if (unadjusted_chains_.rows() > 0) langevin_.Step(unadjusted_chains_);
    if (adjusted_chains_.rows() > 0) metropolis_.Step(adjusted_chains_);
    if (!annealed_.slot_of.empty()) annealed_chains_->Step();
    return absl::OkStatus();
  });
}

bool ModelChainEngine::IsFinite(int slot) const { return row_of_[slot].batch->chains->IsFinite(row_of_[slot].row); }

uint32_t ModelChainEngine::TakeAccepted(int slot) {
  const auto& [batch, row] = row_of_[slot];
  return batch == &annealed_ ? annealed_chains_->TakeAccepted(row) : batch->chains->TakeAccepted(row);
}

batching::ChainProgress ModelChainEngine::Progress(int slot) const {
  const ChainSettings& settings = row_of_[slot].batch->chains->settings(row_of_[slot].row);
  const bool anneals = row_of_[slot].batch == &annealed_;
  return {.step_size = settings.step_size,
          .noise_scale = settings.noise_scale,
          .log_weight = anneals ? annealed_chains_->log_weight(row_of_[slot].row) : 0};
}

ModelChainEngine::View ModelChainEngine::ViewOf(int slot) const {
  const auto& [batch, row] = row_of_[slot];
  return {.state = std::as_const(*batch->chains).states().row(row), .log_density = batch->chains->log_density()[row]};
}

absl::Status ModelChainEngine::Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) {
  const Matrix read(states.data(), static_cast<int64_t>(slots.size()), model_.dimension());
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto& [batch, row] = row_of_[slots[i]];
    std::ranges::copy(batch->chains->states().row(row), read.row(static_cast<int64_t>(i)).begin());
  }
  return Guarded([&] {
    model_.LogDensity(read, log_density);
    return absl::OkStatus();
  });
}

void ModelChainEngine::CopyRow(const Batch& batch, int64_t from, int64_t to) {
  if (&batch == &annealed_) {
    annealed_chains_->Copy(from, to);
  } else {
    batch.chains->Copy(from, to);
  }
}

// The last row moves to the released one, so that the occupied rows stay contiguous.
void ModelChainEngine::Release(int slot) {
  const auto [batch, row] = row_of_[slot];
  const int64_t last = batch->chains->rows() - 1;
  if (row != last) {
    CopyRow(*batch, last, row);
    batch->slot_of[row] = batch->slot_of[last];
    row_of_[batch->slot_of[row]].row = row;
  }
  batch->slot_of.pop_back();
  batch->chains->set_rows(last);
}

ModelRowEngine::ModelRowEngine(const EnergyModel* model)
    : model_(*model),
      gradient_(kTileRows, model->dimension()),
      log_density_(kTileRows),
      no_class_(kTileRows, kNoClass) {}

absl::Status ModelRowEngine::Evaluate(std::span<const float> rows, const batching::RowOutputs& out) {
  const auto n = static_cast<int64_t>(out.log_density.size());
  const ConstMatrix x(rows.data(), n, model_.dimension());
  return Guarded([&] {
    model_.class_logits()->Logits(x, {out.logits.data(), n, num_classes()}, out.log_density);
    if (!out.gradient_norm.empty()) FillGradientNorms(x, out.gradient_norm);
    if (!out.log_ratio.empty()) LogRatios(*model_.base_density(), x, out.log_density, out.log_ratio);
    return absl::OkStatus();
  });
}

void ModelRowEngine::FillGradientNorms(ConstMatrix x, std::span<float> gradient_norm) {
  const int64_t n = x.rows();
  model_.log_density_gradient()->Evaluate(x, std::span(no_class_).first(n), std::span(log_density_).first(n),
                                          gradient_.view().rows_from(0, n));
  for (int64_t i = 0; i < n; ++i) gradient_norm[i] = EuclideanNorm(std::as_const(gradient_).row(i));
}

}  // namespace ebm::catalog
