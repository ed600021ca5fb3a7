#include "model/offline/train/missing_values.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/base/gaussian_base.h"
#include "model/base/independent_base.h"
#include "model/core/block_conditionals.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/offline/train/run_seeds.h"
#include "model/scoring/missing_values.h"

namespace ebm {
namespace {

constexpr uint32_t kRounds = 10;
// The number of sweeps that draw a row's missing values, each time the row is used. Few are enough, since the known
// values are held.
constexpr uint32_t kSweeps = 5;

bool HasMissingRows(ConstMatrix rows) {
  for (int64_t i = 0; i < rows.rows(); ++i) {
    if (HasMissing(rows.row(i))) return true;
  }
  return false;
}

// The known values of each coordinate, by class.
class KnownOfClasses {
 public:
  KnownOfClasses(const LabelledData& data, int64_t classes)
      : values_(static_cast<size_t>(classes + 1), std::vector<std::vector<float>>(data.rows.cols())) {
    for (int64_t i = 0; i < data.rows.rows(); ++i) {
      for (int64_t d = 0; d < data.rows.cols(); ++d) {
        const float value = data.rows.row(i)[d];
        if (std::isnan(value)) continue;
        values_[static_cast<size_t>(data.labels[i])][d].push_back(value);
        values_.back()[d].push_back(value);
      }
    }
  }

  // The value at the fraction u, in [0, 1), of those of the class; of those of all rows where the class has none, and 0
  // where no row has any.
  float ValueAt(double u, int32_t label, int64_t d) const {
    const std::vector<float>& own = values_[static_cast<size_t>(label)][d];
    const std::vector<float>& known = own.empty() ? values_.back()[d] : own;
    return known.empty() ? 0 : known[static_cast<size_t>(u * static_cast<double>(known.size()))];
  }

 private:
  std::vector<std::vector<std::vector<float>>> values_;  // [classes + 1, D, n], the last of all rows
};

// Every gap gets a known value of another row, drawn at random: one number per row, so that the coordinates of a
// category get those of one row.
LabelledData WithKnownValues(const LabelledData& data, const KnownOfClasses& known, uint64_t seed) {
  LabelledData completed = data;
  for (int64_t i = 0; i < data.rows.rows(); ++i) {
    if (!HasMissing(data.rows.row(i))) continue;
    float u = 0;
    FillUniform({.seed = seed, .stream = RandomStream::kMissingValue, .chain = static_cast<uint32_t>(i)}, {&u, 1});
    for (int64_t d = 0; d < data.rows.cols(); ++d) {
      float& value = completed.rows.row(i)[d];
      if (std::isnan(value)) value = known.ValueAt(u, data.labels[i], d);
    }
  }
  return completed;
}

// Labels are used only if they are given.
LabelledData WithDraws(const BaseDensity& base, const LabelledData& data, std::span<const int32_t> labels,
                       uint64_t seed) {
  LabelledData completed = data;
  for (int64_t i = 0; i < data.rows.rows(); ++i) {
    if (!HasMissing(data.rows.row(i))) continue;
    const auto given = base.Given(data.rows.row(i), labels.empty() ? kNoClass : labels[i]);
    given->Draw(seed, static_cast<uint32_t>(i), completed.rows.row(i));
  }
  return completed;
}

// Moves the values that are free, [D], by sweeps of the model given the others.
void Sweep(const BlockConditionals& model, const SweepSettings& first, std::span<float> values) {
  SweepSettings settings = first;
  float log_density = 0;
  for (settings.step = 0; settings.step < kSweeps; ++settings.step) {
    model.Sweep({&settings, 1}, Matrix(values.data(), 1, std::ssize(values)), {&log_density, 1});
  }
}

absl::StatusOr<std::unique_ptr<BaseDensity>> MakeBase(const ModelSpec& spec, const BaseFit& base) {
  if (spec.base == kIndependentBase) return IndependentBase::Create(spec, base.tensors);
  return GaussianBase::Create(spec, base.tensors);
}

}  // namespace

void RowGaps::Fill(const EnergyModel& model, const RowVisit& visit, std::span<float> values) const {
  if (data_ == nullptr || !HasMissing(data_->rows.row(visit.row))) return;
  const std::span<const float> row = data_->rows.row(visit.row);
  const uint64_t seed = DeriveSeed(DeriveSeed(visit.seed, kMissingValuesPart), visit.epoch);
  const int32_t label = data_->labels[visit.row];
  model.base_density()->Given(row, label)->Draw(seed, visit.row, values);
  if (model.block_conditionals() == nullptr) return;
  std::vector<uint8_t> is_free(row.size());
  std::ranges::transform(row, is_free.begin(), [](float value) { return std::isnan(value) ? 1 : 0; });
  Sweep(*model.block_conditionals(),
        {.seed = seed, .chain = visit.row, .target_class = label, .free_coordinates = is_free}, values);
}

bool HasMissing(const TrainingData& data) {
  return HasMissingRows(data.train.rows.view()) || HasMissingRows(data.validation.rows.view()) ||
         HasMissingRows(data.calibration.rows.view()) ||
         (data.test.has_value() && HasMissingRows(data.test->rows.view()));
}

absl::StatusOr<BaseFit> FitBaseWithGaps(const ModelSpec& spec, const TrainingData& data, uint64_t seed) {
  const bool has_gaps = HasMissingRows(data.train.rows.view()) || HasMissingRows(data.validation.rows.view());
  if (!has_gaps || spec.base == kIndependentBase) return FitBase(spec, data.train, data.validation, seed);
  const KnownOfClasses known(data.train, spec.num_classes());
  const uint64_t first_seed = DeriveSeed(DeriveSeed(seed, kMissingValuesPart), kRounds);
  LabelledData train = WithKnownValues(data.train, known, first_seed);
  LabelledData validation = WithKnownValues(data.validation, known, first_seed);
  for (uint32_t round = 0; round < kRounds; ++round) {
    EBM_ASSIGN_OR_RETURN(const BaseFit fit, FitBase(spec, train, validation, seed));
    EBM_ASSIGN_OR_RETURN(const std::unique_ptr<GaussianBase> base, GaussianBase::Create(spec, fit.tensors));
    const uint64_t round_seed = DeriveSeed(DeriveSeed(seed, kMissingValuesPart), round);
    train = WithDraws(*base, data.train, data.train.labels, round_seed);
    validation = WithDraws(*base, data.validation, data.validation.labels, round_seed);
  }
  return FitBase(spec, train, validation, seed);
}

absl::StatusOr<TrainingData> CompletedData(const ModelSpec& spec, const BaseFit& base, const TrainingData& data,
                                           uint64_t seed) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<BaseDensity> density, MakeBase(spec, base));
  TrainingData completed = data;
  const uint64_t draws = DeriveSeed(seed, kMissingValuesPart);
  completed.train = WithDraws(*density, data.train, {}, draws);
  completed.validation = WithDraws(*density, data.validation, {}, draws);
  completed.calibration = WithDraws(*density, data.calibration, {}, draws);
  if (data.test.has_value()) completed.test = WithDraws(*density, *data.test, {}, draws);
  return completed;
}

}  // namespace ebm
