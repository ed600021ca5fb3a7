#include "server/catalog/served_model.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/block_conditionals.h"
#include "model/core/hidden_units.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/networks/process_settings.h"
#include "server/catalog/model_engines.h"

namespace ebm::catalog {
namespace {

// Empty for a model of real coordinates.
std::vector<int32_t> LevelsOf(const EnergyModel& energy) {
  const BlockConditionals* const conditionals = energy.block_conditionals();
  if (conditionals == nullptr) return {};
  return {conditionals->levels().begin(), conditionals->levels().end()};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServedModel>> ServedModel::Load(const std::string& path,
                                                                     const ServingOptions& options) {
  ModelName name = {.name = std::filesystem::path(path).stem().string()};
  if (const absl::Status status = CheckModelName(name); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(status.message(), "; it is that of the file, which can be renamed"));
  }
  return Load(std::move(name), path, options);
}

absl::StatusOr<std::shared_ptr<const ServedModel>> ServedModel::Load(ModelName name, const std::string& path,
                                                                     const ServingOptions& options) {
  // The workers already use all cores; more threads in LibTorch would only compete for them.
  PrepareProcess();
  EBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, ReadCheckpoint(path));
  absl::StatusOr<std::unique_ptr<EnergyModel>> energy =
      MakeEnergyModel(checkpoint.spec, checkpoint.tensors, options.precision);
  if (!energy.ok()) return absl::Status(energy.status().code(), absl::StrCat(path, ": ", energy.status().message()));
  return Create(std::move(name), std::move(checkpoint), *std::move(energy), options);
}

absl::StatusOr<std::shared_ptr<const ServedModel>> ServedModel::Create(ModelName name, Checkpoint checkpoint,
                                                                       std::unique_ptr<EnergyModel> energy,
                                                                       const ServingOptions& options) {
  EBM_RETURN_IF_ERROR(CheckModelName(name));
  StartStates starts(name.name, std::move(checkpoint.start_states), std::move(checkpoint.start_classes),
                     energy->base_density(), LevelsOf(*energy));
  inference::ModelInfo info = {
      .name = std::move(name.name),
      .version = std::move(name.version),
      .precision = options.precision,
      .slots = kTileRows,
      .limits = options.limits,
      .spec = std::move(checkpoint.spec),
      .sampler = checkpoint.sampler,
      .provenance = std::move(checkpoint.provenance),
      .evaluation = std::move(checkpoint.evaluation),
      .log_density_quantiles = std::move(checkpoint.log_density_quantiles),
      .partition = checkpoint.partition,
      .calibration = std::move(checkpoint.calibration),
      .calibration_scores = std::move(checkpoint.calibration_scores),
      .has_gradient = energy->log_density_gradient() != nullptr,
      .has_block_conditionals = energy->block_conditionals() != nullptr,
      .has_levels = !LevelsOf(*energy).empty(),
      .hidden_units = energy->hidden_units() == nullptr ? 0 : energy->hidden_units()->num_hidden(),
      .has_start_states = starts.has_stored(),
      .has_base_start = starts.has_base()};
  std::shared_ptr<const ServedModel> model(new ServedModel(std::move(info), std::move(energy), std::move(starts)));
  EBM_RETURN_IF_ERROR(model->Check());
  EBM_RETURN_IF_ERROR(model->Warm());
  return model;
}

ServedModel::ServedModel(inference::ModelInfo info, std::unique_ptr<EnergyModel> energy, StartStates starts)
    : info_(std::move(info)), energy_(std::move(energy)), starts_(std::move(starts)) {}

absl::Status ServedModel::Check() const {
  if (energy_->class_logits() == nullptr || (!info_.has_gradient && !info_.has_block_conditionals)) {
    return absl::FailedPreconditionError(
        absl::StrCat("model ", info_.name, ": family ", info_.spec.family(),
                     " has no class logits, or neither a gradient nor block conditionals"));
  }
  if (energy_->dimension() != info_.spec.dimension() ||
      energy_->class_logits()->num_classes() != info_.spec.num_classes()) {
    return absl::InvalidArgumentError(absl::StrCat("model ", info_.name, ": the energy has ", energy_->dimension(),
                                                   " coordinates and ", energy_->class_logits()->num_classes(),
                                                   " classes; the spec has ", info_.spec.dimension(), " and ",
                                                   info_.spec.num_classes()));
  }
  return absl::OkStatus();
}

// A network's first calls allocate memory and select kernels. Doing this here keeps it out of the first request.
absl::Status ServedModel::Warm() const {
  const std::unique_ptr<batching::RowEngine> rows = NewRowEngine();
  const std::vector<float> zeros(static_cast<size_t>(info_.spec.dimension()));
  std::vector<float> logits(static_cast<size_t>(info_.spec.num_classes()));
  std::array<float, 1> log_density = {};
  std::array<float, 1> gradient_norm = {};
  EBM_RETURN_IF_ERROR(rows->Evaluate(
      zeros, {.logits = logits,
              .log_density = log_density,
              .gradient_norm = std::span(gradient_norm).first(info_.has_gradient ? gradient_norm.size() : 0)}));
  if (!std::isfinite(log_density[0]) || !std::isfinite(gradient_norm[0])) {
    return absl::InvalidArgumentError(absl::StrCat("model ", info_.name, ": at zero, ln p~ is ", log_density[0],
                                                   " and its gradient's norm ", gradient_norm[0],
                                                   "; both must be finite"));
  }
  return absl::OkStatus();
}

std::unique_ptr<batching::ChainEngine> ServedModel::NewChainEngine() const {
  return std::make_unique<ModelChainEngine>(energy_.get(), &starts_);
}

std::unique_ptr<batching::RowEngine> ServedModel::NewRowEngine() const {
  return std::make_unique<ModelRowEngine>(energy_.get());
}

}  // namespace ebm::catalog
