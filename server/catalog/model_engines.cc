#include "server/catalog/model_engines.h"

#include <algorithm>
#include <utility>

#include "model/core/euclidean_norm.h"
#include "model/core/guarded.h"
#include "model/core/hidden_units.h"
#include "model/core/status_macros.h"
#include "model/scoring/outlier_score.h"
#include "server/catalog/model_chain_settings.h"

namespace ebm::catalog {

ModelChainEngine::ModelChainEngine(const EnergyModel* model, const StartStates* starts)
    : model_(*model),
      starts_(*starts),
      start_(1, model->dimension()),
      gathered_(kTileRows, model->dimension()),
      row_density_(kTileRows),
      places_(kTileRows) {
  for (const KernelSettings& kind : KernelKinds()) {
    absl::StatusOr<std::unique_ptr<KernelChains>> chains = MakeKernelChains(kind, *model, kTileRows);
    groups_.push_back({.chains = chains.ok() ? *std::move(chains) : nullptr, .slot_of = {}});
    groups_.back().slot_of.reserve(kTileRows);
  }
}

absl::Status ModelChainEngine::Admit(int slot, const batching::ChainEntry& entry) {
  ChainSettings settings = static_cast<const ModelChainSettings&>(*entry.settings).first();
  settings.chain += entry.chain;
  Group& group = groups_[settings.sampler.kernel.index()];
  ChainBatch& batch = group.chains->batch();
  const int64_t row = batch.rows();
  places_[slot] = {&group, row};
  group.slot_of.push_back(slot);
  batch.set_rows(row + 1);
  return Guarded([&]() -> absl::Status {
    std::span<const float> state = entry.state;
    if (state.empty()) {
      EBM_RETURN_IF_ERROR(starts_.Draw(settings, start_.view()));
      state = start_.row(0);
    }
    const double log_weight = entry.progress != nullptr ? entry.progress->log_weight : 0;
    group.chains->Set(row, settings, entry.step, log_weight, state, entry.free_coordinates);
    if (entry.progress != nullptr) {
      batch.set_motion(row, {.step_size = entry.progress->step_size, .noise_scale = entry.progress->noise_scale});
    }
    return absl::OkStatus();
  });
}

absl::Status ModelChainEngine::Step() {
  return Guarded([&] {
    for (Group& group : groups_) {
      if (!group.slot_of.empty()) group.chains->Step();
    }
    return absl::OkStatus();
  });
}

bool ModelChainEngine::IsFinite(int slot) const {
  return places_[slot].group->chains->batch().IsFinite(places_[slot].row);
}

uint32_t ModelChainEngine::TakeAccepted(int slot) {
  return places_[slot].group->chains->TakeAccepted(places_[slot].row);
}

batching::ChainProgress ModelChainEngine::Progress(int slot) const {
  const auto& [group, row] = places_[slot];
  const Motion& motion = group->chains->batch().motion(row);
  return {
      .step_size = motion.step_size, .noise_scale = motion.noise_scale, .log_weight = group->chains->log_weight(row)};
}

ModelChainEngine::View ModelChainEngine::ViewOf(int slot) const {
  const auto& [group, row] = places_[slot];
  return {.state = StateOf(slot), .log_density = group->chains->batch().log_density()[row]};
}

absl::Status ModelChainEngine::Read(std::span<const int> slots, std::span<const std::span<float>> states,
                                    std::span<float> log_density) {
  for (size_t i = 0; i < slots.size(); ++i) std::ranges::copy(StateOf(slots[i]), states[i].begin());
  return Guarded([&] {
    const Group* const group = places_[slots[0]].group;
    if (AreAllOf(*group, slots)) {
      ReadDensities(*group, slots, log_density);
    } else {
      ReadDensities(slots, log_density);
    }
    return absl::OkStatus();
  });
}

std::span<const float> ModelChainEngine::StateOf(int slot) const {
  const auto& [group, row] = places_[slot];
  return std::as_const(group->chains->batch()).states().row(row);
}

bool ModelChainEngine::AreAllOf(const Group& group, std::span<const int> slots) const {
  return slots.size() == group.slot_of.size() &&
         std::ranges::all_of(slots, [&](int slot) { return places_[slot].group == &group; });
}

// The usual case, when a frame is due for all chains: the batch's rows are contiguous already.
void ModelChainEngine::ReadDensities(const Group& group, std::span<const int> slots, std::span<float> log_density) {
  const std::span<float> of_row = std::span(row_density_).first(slots.size());
  model_.LogDensity(std::as_const(group.chains->batch()).states(), of_row);
  for (size_t i = 0; i < slots.size(); ++i) log_density[i] = of_row[places_[slots[i]].row];
}

void ModelChainEngine::ReadDensities(std::span<const int> slots, std::span<float> log_density) {
  const Matrix gathered = gathered_.view().rows_from(0, static_cast<int64_t>(slots.size()));
  for (size_t i = 0; i < slots.size(); ++i) {
    std::ranges::copy(StateOf(slots[i]), gathered.row(static_cast<int64_t>(i)).begin());
  }
  model_.LogDensity(gathered, log_density);
}

// The last row moves to the released one, so that the occupied rows stay contiguous.
void ModelChainEngine::Release(int slot) {
  const auto [group, row] = places_[slot];
  const int64_t last = group->chains->batch().rows() - 1;
  if (row != last) {
    group->chains->Copy(last, row);
    group->slot_of[row] = group->slot_of[last];
    places_[group->slot_of[row]].row = row;
  }
  group->slot_of.pop_back();
  group->chains->batch().set_rows(last);
}

batching::RowShape ShapeOf(const EnergyModel& model) {
  const HiddenUnits* const hidden = model.hidden_units();
  return {.dimension = static_cast<size_t>(model.dimension()),
          .num_classes = static_cast<size_t>(model.class_logits()->num_classes()),
          .hidden_units = hidden == nullptr ? 0 : static_cast<size_t>(hidden->num_hidden())};
}

ModelRowEngine::ModelRowEngine(const EnergyModel* model)
    : model_(*model),
      shape_(ShapeOf(*model)),
      gradient_(kTileRows, model->dimension()),
      log_density_(kTileRows),
      no_class_(kTileRows, kNoClass) {}

absl::Status ModelRowEngine::Evaluate(std::span<const float> rows, const batching::RowOutputs& out) {
  const auto n = static_cast<int64_t>(out.log_density.size());
  const ConstMatrix x(rows.data(), n, model_.dimension());
  return Guarded([&] {
    model_.class_logits()->Logits(x, {out.logits.data(), n, static_cast<int64_t>(shape_.num_classes)}, out.log_density);
    if (!out.gradient_norm.empty()) FillGradientNorms(x, out.gradient_norm);
    if (!out.log_ratio.empty()) LogRatios(*model_.base_density(), x, out.log_density, out.log_ratio);
    if (!out.hidden_means.empty()) {
      model_.hidden_units()->HiddenMeans(x, {out.hidden_means.data(), n, static_cast<int64_t>(shape_.hidden_units)});
    }
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
