#include "model/offline/evaluation/model_samples.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/block_conditionals.h"
#include "model/core/finite.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_start.h"
#include "model/sampler/kernel_table.h"
#include "model/sampler/run_chains.h"

namespace ebm {
namespace {

absl::Status StartFromBuffer(const Checkpoint& checkpoint, uint64_t seed, Matrix states) {
  const ConstMatrix stored(checkpoint.start_states.data(), static_cast<int64_t>(checkpoint.start_classes.size()),
                           states.cols());
  if (FillStartFromStates(seed, 0, kNoClass, stored, checkpoint.start_classes, states)) return absl::OkStatus();
  return absl::FailedPreconditionError("sampler.start_from_buffer: the checkpoint has no states to start from");
}

absl::Status StartFromBase(const EnergyModel& model, uint64_t seed, Matrix states) {
  if (model.base_density() == nullptr) {
    return absl::FailedPreconditionError("sampler.start_from_base: the model has no base density to start from");
  }
  model.base_density()->Draw(seed, 0, kNoClass, states);
  return absl::OkStatus();
}

void StartUniformly(const Checkpoint& checkpoint, const EnergyModel& model, uint64_t seed, Matrix states) {
  const BlockConditionals* const conditionals = model.block_conditionals();
  if (conditionals != nullptr && !conditionals->levels().empty()) {
    return FillUniformLevels(seed, 0, conditionals->levels(), states);
  }
  FillUniformStart(seed, 0, checkpoint.sampler.start_lower, checkpoint.sampler.start_upper, states);
}

absl::Status FillStarts(const Checkpoint& checkpoint, const EnergyModel& model, uint64_t seed, Matrix states) {
  switch (checkpoint.sampler.start) {
    case ChainStart::kBuffer:
      return StartFromBuffer(checkpoint, seed, states);
    case ChainStart::kBase:
      return StartFromBase(model, seed, states);
    case ChainStart::kUniform:
      StartUniformly(checkpoint, model, seed, states);
      return absl::OkStatus();
    case ChainStart::kGiven:
      break;
  }
  return absl::FailedPreconditionError("sampler.start: given, but the checkpoint gives no states");
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
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<const TransitionKernel> kernel,
                       MakeKernel(checkpoint.sampler.kernel, model));
  RowWorkers workers(threads);
  RunChains(*kernel, {.seed = seed, .sampler = checkpoint.sampler}, states.view(), workers);
  ModelSamples samples{.states = KeepFinite(states)};
  samples.diverged = count - samples.states.rows();
  if (samples.states.rows() > 0) return samples;
  return absl::FailedPreconditionError(
      absl::StrCat("all ", count, " chains diverged under the checkpoint's sampler defaults"));
}

}  // namespace ebm
