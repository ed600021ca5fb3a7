#include "model/offline/train/missing_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/base/gaussian_base.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/offline/train/run_seeds.h"
#include "model/scoring/missing_values.h"

namespace ebm {
namespace {

constexpr uint32_t kRounds = 10;

bool HasMissingRows(ConstMatrix rows) {
  for (int64_t i = 0; i < rows.rows(); ++i) {
    if (HasMissing(rows.row(i))) return true;
  }
  return false;
}

// The mean of the known values of a class in each coordinate; that of all rows where the class has none, and 0 where no
// row has any. [classes, D].
class ClassMeans {
 public:
  ClassMeans(const LabelledData& data, int64_t classes)
      : sums_(classes + 1, std::vector<double>(data.rows.cols())), counts_(sums_) {
    for (int64_t i = 0; i < data.rows.rows(); ++i) {
      for (int64_t d = 0; d < data.rows.cols(); ++d) {
        const float value = data.rows.row(i)[d];
        if (std::isnan(value)) continue;
        for (const size_t group : {static_cast<size_t>(data.labels[i]), sums_.size() - 1}) {
          sums_[group][d] += value;
          ++counts_[group][d];
        }
      }
    }
  }

  float MeanOf(int32_t label, int64_t d) const {
    const auto group = static_cast<size_t>(label);
    if (counts_[group][d] > 0) return static_cast<float>(sums_[group][d] / counts_[group][d]);
    return counts_.back()[d] > 0 ? static_cast<float>(sums_.back()[d] / counts_.back()[d]) : 0.0F;
  }

 private:
  std::vector<std::vector<double>> sums_;  // [classes + 1, D], the last of all rows
  std::vector<std::vector<double>> counts_;
};

LabelledData WithMeans(const LabelledData& data, int64_t classes) {
  LabelledData completed = data;
  const ClassMeans means(data, classes);
  for (int64_t i = 0; i < data.rows.rows(); ++i) {
    for (int64_t d = 0; d < data.rows.cols(); ++d) {
      float& value = completed.rows.row(i)[d];
      if (std::isnan(value)) value = means.MeanOf(data.labels[i], d);
    }
  }
  return completed;
}

// Labels are used only if they are given.
LabelledData WithDraws(const BaseDensity& base, const LabelledData& data, std::span<const int32_t> labels,
                       uint64_t seed) {
  const RowGaps gaps(base, data.rows.view(), labels);
  LabelledData completed = data;
  for (int64_t i = 0; i < data.rows.rows(); ++i) {
    gaps.Fill({.seed = seed, .row = static_cast<uint32_t>(i)}, completed.rows.row(i));
  }
  return completed;
}

}  // namespace

RowGaps::RowGaps(const BaseDensity& base, ConstMatrix rows, std::span<const int32_t> classes) {
  if (!HasMissingRows(rows)) return;
  given_.resize(static_cast<size_t>(rows.rows()));
  for (int64_t i = 0; i < rows.rows(); ++i) {
    if (HasMissing(rows.row(i))) given_[i] = base.Given(rows.row(i), classes.empty() ? kNoClass : classes[i]);
  }
}

void RowGaps::Fill(const RowVisit& visit, std::span<float> values) const {
  if (given_.empty() || given_[visit.row] == nullptr) return;
  given_[visit.row]->Draw(DeriveSeed(DeriveSeed(visit.seed, kMissingValuesPart), visit.epoch), visit.row, values);
}

bool HasMissing(const TrainingData& data) {
  return HasMissingRows(data.train.rows.view()) || HasMissingRows(data.validation.rows.view()) ||
         HasMissingRows(data.calibration.rows.view()) ||
         (data.test.has_value() && HasMissingRows(data.test->rows.view()));
}

absl::StatusOr<BaseFit> FitBaseWithGaps(const ModelSpec& spec, const TrainingData& data, uint64_t seed) {
  LabelledData train = WithMeans(data.train, spec.num_classes());
  LabelledData validation = WithMeans(data.validation, spec.num_classes());
  const bool has_gaps = HasMissingRows(data.train.rows.view()) || HasMissingRows(data.validation.rows.view());
  for (uint32_t round = 0; has_gaps && round < kRounds; ++round) {
    EBM_ASSIGN_OR_RETURN(const BaseFit fit, FitBase(spec, train, validation, seed));
    EBM_ASSIGN_OR_RETURN(const std::unique_ptr<GaussianBase> base, GaussianBase::Create(spec, fit.tensors));
    const uint64_t round_seed = DeriveSeed(DeriveSeed(seed, kMissingValuesPart), round);
    train = WithDraws(*base, data.train, data.train.labels, round_seed);
    validation = WithDraws(*base, data.validation, data.validation.labels, round_seed);
  }
  return FitBase(spec, train, validation, seed);
}

absl::StatusOr<RowGaps> GapsOf(const ModelSpec& spec, const BaseFit& base, const LabelledData& train) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<GaussianBase> density, GaussianBase::Create(spec, base.tensors));
  return RowGaps(*density, train.rows.view(), train.labels);
}

absl::StatusOr<TrainingData> CompletedData(const ModelSpec& spec, const BaseFit& base, const TrainingData& data,
                                           uint64_t seed) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<GaussianBase> density, GaussianBase::Create(spec, base.tensors));
  TrainingData completed = data;
  const uint64_t draws = DeriveSeed(seed, kMissingValuesPart);
  completed.train = WithDraws(*density, data.train, {}, draws);
  completed.validation = WithDraws(*density, data.validation, {}, draws);
  completed.calibration = WithDraws(*density, data.calibration, {}, draws);
  if (data.test.has_value()) completed.test = WithDraws(*density, *data.test, {}, draws);
  return completed;
}

}  // namespace ebm
