#include "model/offline/import/ising_checkpoint.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

constexpr uint32_t kSteps = 200;

// The parameters as a function of bits, in double precision.
struct BitParameters {
  std::vector<double> weight;  // in the order of the couplings
  std::vector<double> bias;
  double constant = 0;
};

BitParameters ParametersOf(const IsingModel& model, const IsingImport& import) {
  const double scale = import.sign == IsingSign::kEnergy ? -import.beta : import.beta;
  const bool has_spins = import.variables == IsingVariables::kSpins;
  BitParameters parameters = {.weight = {}, .bias = std::vector<double>(static_cast<size_t>(model.sites))};
  parameters.weight.reserve(model.couplings.size());
  for (const auto& [site, field] : model.fields) {
    parameters.bias[site] += (has_spins ? 2 : 1) * scale * field;
    if (has_spins) parameters.constant -= scale * field;
  }
  for (const auto& [edge, coupling] : model.couplings) {
    parameters.weight.push_back((has_spins ? 4 : 1) * scale * coupling);
    if (!has_spins) continue;
    for (const int64_t site : edge) parameters.bias[site] -= 2 * scale * coupling;
    parameters.constant += scale * coupling;
  }
  return parameters;
}

absl::StatusOr<NamedTensor> TensorOf(const char* name, const std::vector<double>& values) {
  NamedTensor tensor = {.name = name, .shape = {std::ssize(values)}, .values = {values.begin(), values.end()}};
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(tensor.values[i])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(name, "[", i, "] is ", values[i], ", which is beyond the numbers of float32"));
  }
  return tensor;
}

DataColumn ColumnOf(IsingVariables variables) {
  DataColumn column = {.range = {.minimum = 0, .maximum = 1}, .step = 1, .domain = Domain::kLevels};
  if (variables == IsingVariables::kSpins) {
    column.range.minimum = -1;
    column.step = 2;
  }
  column.scaling = ScalingToLevels(column);
  return column;
}

Provenance ProvenanceOf(const IsingModel& model, const IsingImport& import, double constant) {
  return {.recipe = "import",
          .data_name = import.data_name,
          .data_sha256 = model.sha256,
          .code_version = kVersion,
          .created = absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone()),
          .settings = {{"numbers", import.sign == IsingSign::kEnergy ? "energy" : "log_density"},
                       {"variables", import.variables == IsingVariables::kSpins ? "spins" : "bits"},
                       {"beta", absl::StrFormat("%.17g", import.beta)},
                       {"constant", absl::StrFormat("%.17g", constant)}}};
}

}  // namespace

absl::StatusOr<ImportedIsing> ImportIsing(const IsingModel& model, const IsingImport& import) {
  if (!(import.beta > 0 && std::isfinite(import.beta))) {
    return absl::InvalidArgumentError(absl::StrCat("beta is ", import.beta, "; a number above 0 is needed"));
  }
  if (model.couplings.empty()) return absl::InvalidArgumentError("the model has no couplings; at least one is needed");
  const BitParameters parameters = ParametersOf(model, import);
  BoltzmannSpec network;
  network.edges.reserve(model.couplings.size());
  for (const auto& [edge, coupling] : model.couplings) network.edges.push_back(edge);
  const bool has_all = std::ssize(network.edges) == EdgeCount({}, model.sites);  // each pair is there once
  if (has_all && model.sites <= kMaxCompleteDimension) network.edges.clear();
  ImportedIsing imported = {.checkpoint = {}, .constant = parameters.constant};
  Checkpoint& checkpoint = imported.checkpoint;
  checkpoint.spec = {.input_shape = {model.sites},
                     .network = std::move(network),
                     .class_labels = {"all"},
                     .columns = {ColumnOf(import.variables)},
                     .base = kIndependentBase};
  if (!import.input_shape.empty()) checkpoint.spec.input_shape = import.input_shape;
  double values = 1;
  for (const int64_t size : checkpoint.spec.input_shape) values *= static_cast<double>(size);
  if (values != static_cast<double>(model.sites)) {
    return absl::InvalidArgumentError(
        absl::StrCat("shape has ", values, " values; the model has ", model.sites, " sites"));
  }
  EBM_RETURN_IF_ERROR(checkpoint.spec.Validate());
  EBM_ASSIGN_OR_RETURN(NamedTensor weight, TensorOf(kBoltzmannWeight, parameters.weight));
  EBM_ASSIGN_OR_RETURN(NamedTensor bias, TensorOf(kBoltzmannBias, parameters.bias));
  NamedTensor base = {.name = kBaseSiteLogits, .shape = bias.shape, .values = std::vector<float>(bias.values.size())};
  checkpoint.tensors = {std::move(weight), std::move(bias), std::move(base)};
  checkpoint.sampler = {.steps = kSteps, .kernel = Gibbs(), .start = ChainStart::kBase};
  checkpoint.provenance = ProvenanceOf(model, import, parameters.constant);
  return imported;
}

}  // namespace ebm
