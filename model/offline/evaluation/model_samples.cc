#include "model/offline/evaluation/model_samples.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/finite.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/chain_start.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"
#include "model/sampler/run_chains.h"

namespace ebm {
namespace {

absl::Status StartFromBuffer(const Checkpoint& checkpoint, uint64_t seed, Matrix states) {
  const ConstMatrix stored(checkpoint.start_states.data(), static_cast<int64_t>(checkpoint.start_classes.size()),
                           states.cols());
  if (FillStartFromStates(seed, 0, kNoClass, stored, checkpoint.start_classes, states)) return absl::OkStatus();
  return absl::FailedPreconditionError("sampler.start_from_buffer: the checkpoint has no states to start from");
}

absl::Status FillStarts(const Checkpoint& checkpoint, const EnergyModel& model, uint64_t seed, Matrix states) {
  const SamplerDefaults& sampler = checkpoint.sampler;
  if (sampler.start_from_buffer) return StartFromBuffer(checkpoint, seed, states);
  if (!sampler.start_from_base) {
    FillUniformStart(seed, 0, sampler.start_lower, sampler.start_upper, states);
    return absl::OkStatus();
  }
  if (model.base_density() == nullptr) {
    return absl::FailedPreconditionError("sampler.start_from_base: the model has no base density to start from");
  }
  model.base_density()->Draw(seed, 0, kNoClass, states);
  return absl::OkStatus();
}

ChainSettings SettingsOf(const SamplerDefaults& sampler, uint64_t seed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return {.seed = seed,
          .step_size = sampler.step_size,
          .noise_scale = sampler.noise_scale,
          .clamp_lower = sampler.clamp_lower.value_or(-kInfinity),
          .clamp_upper = sampler.clamp_upper.value_or(kInfinity),
          .noise_free_step = sampler.final_noise_free_step ? sampler.steps - 1 : ChainSettings::kNever};
}

std::unique_ptr<const TransitionKernel> KernelOf(const SamplerDefaults& sampler) {
  if (sampler.metropolis) return std::make_unique<MetropolisLangevinKernel>();
  return std::make_unique<LangevinKernel>();
}

MatrixBuffer KeepFinite(const MatrixBuffer& states) {
  std::vector<float> kept;
  kept.reserve(states.values().size());
  int64_t rows = 0;
  for (int64_t i = 0; i < states.rows(); ++i) {
    if (!AllFinite(states.row(i))) continue;
    kept.insert(kept.end(), states.row(i).begin(), states.row(i).end());
    ++rows;
  }
  return {std::move(kept), rows, states.cols()};
}

}  // namespace

absl::StatusOr<ModelSamples> DrawSamples(const Checkpoint& checkpoint, const EnergyModel& model, int64_t count,
                                         uint64_t seed, int threads) {
  MatrixBuffer states(count, model.dimension());
  EBM_RETURN_IF_ERROR(FillStarts(checkpoint, model, seed, states.view()));
  RunChains(*KernelOf(checkpoint.sampler), *model.log_density_gradient(), SettingsOf(checkpoint.sampler, seed),
            checkpoint.sampler.steps, states.view(), threads);
  ModelSamples samples{.states = KeepFinite(states)};
  samples.diverged = count - samples.states.rows();
  if (samples.states.rows() > 0) return samples;
  return absl::FailedPreconditionError(
      absl::StrCat("all ", count, " chains diverged under the checkpoint's sampler defaults"));
}

}  // namespace ebm
