#include "model/offline/evaluation/density_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"
#include "model/offline/data/dequantisation.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

int64_t CountOutside(const PartitionEstimate& partition, ConstMatrix rows) {
  int64_t outside = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) outside += partition.Covers(rows.row(i)) ? 0 : 1;
  return outside;
}

std::vector<float> LogDensities(const EnergyModel& model, ConstMatrix rows, int threads) {
  std::vector<float> values(rows.rows());
  ForEachSlice(rows.rows(), threads, [&](int64_t /*slice*/, int64_t first, int64_t count) {
    model.LogDensity(rows.rows_from(first, count), std::span(values).subspan(first, count));
  });
  return values;
}

std::vector<float> LogDensities(const BaseDensity& base, ConstMatrix rows, int threads) {
  std::vector<float> values(rows.rows());
  ForEachSlice(rows.rows(), threads, [&](int64_t /*slice*/, int64_t first, int64_t count) {
    base.Evaluate(rows.rows_from(first, count), {}, std::span(values).subspan(first, count), Matrix());
  });
  return values;
}

// ln of the volume of each row's cell, in scaled units: a unit of data volume for continuous values.
std::vector<double> LogCells(const ModelSpec& spec, ConstMatrix rows) {
  std::vector<double> log_cells;
  log_cells.reserve(static_cast<size_t>(rows.rows()));
  for (int64_t i = 0; i < rows.rows(); ++i) log_cells.push_back(LogVolume(spec, rows.row(i)) + LogCell(spec));
  return log_cells;
}

absl::Status CheckFinite(std::span<const float> log_densities) {
  for (size_t i = 0; i < log_densities.size(); ++i) {
    if (std::isfinite(log_densities[i])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("bits per dimension: the log density of dequantised row ", i + 1, " is ", log_densities[i]));
  }
  return absl::OkStatus();
}

// The mean over rows of the header's formula, with ln p = log_densities - log_z.
absl::StatusOr<Figure> MeanBits(const ModelSpec& spec, std::span<const float> log_densities,
                                std::span<const double> log_cells, double log_z, uint64_t seed) {
  EBM_RETURN_IF_ERROR(CheckFinite(log_densities));
  const auto values = static_cast<double>(spec.num_values());
  const std::array<int64_t, 1> groups = {static_cast<int64_t>(log_densities.size())};
  const auto mean = [&](const ResampleCounts& counts) {
    double sum = 0;
    for (size_t i = 0; i < log_densities.size(); ++i) sum += counts[0][i] * (log_densities[i] - log_z + log_cells[i]);
    return std::vector<double>{-sum / (static_cast<double>(groups[0]) * values * std::numbers::ln2)};
  };
  return Bootstrap(groups, seed, mean).front();
}

absl::StatusOr<ModelBits> BitsOfModel(const ModelSpec& spec, const PartitionEstimate& partition,
                                      std::span<const float> log_densities, std::span<const double> log_cells,
                                      uint64_t seed) {
  const double bits_per_nat = 1 / (static_cast<double>(spec.num_values()) * std::numbers::ln2);
  EBM_ASSIGN_OR_RETURN(const Figure bits, MeanBits(spec, log_densities, log_cells, partition.log_z, seed));
  return ModelBits{.bits = bits,
                   .standard_error = partition.standard_error * bits_per_nat,
                   .reverse_bits = bits.value + (partition.reverse_log_z - partition.log_z) * bits_per_nat};
}

}  // namespace

absl::StatusOr<DensityFigures> MakeDensityFigures(const Checkpoint& checkpoint, const EnergyModel& model,
                                                  ConstMatrix rows, uint64_t seed, int threads) {
  DensityFigures figures;
  const ModelSpec& spec = checkpoint.spec;
  const MatrixBuffer dequantised = DequantisedRows(spec, rows, seed);
  const std::vector<double> log_cells = LogCells(spec, dequantised.view());
  if (const BaseDensity* const base = model.base_density(); base != nullptr) {
    EBM_ASSIGN_OR_RETURN(figures.base_bits,
                         MeanBits(spec, LogDensities(*base, dequantised.view(), threads), log_cells, 0, seed));
  }
  if (!checkpoint.partition.has_value()) return figures;
  figures.rows_outside = CountOutside(*checkpoint.partition, dequantised.view());
  if (figures.rows_outside > 0) return figures;
  EBM_ASSIGN_OR_RETURN(figures.model, BitsOfModel(spec, *checkpoint.partition,
                                                  LogDensities(model, dequantised.view(), threads), log_cells, seed));
  return figures;
}

}  // namespace ebm
