// Training on rows with missing values, NaN.
//
// Wherever a training row is used, its missing values are drawn anew from the base density of its class given its known
// values; for a model with block conditionals, by sweeps of the present model that begin there and keep the known
// values and the class, so that the model is fitted to the likelihood of the known values (Monte Carlo expectation
// maximisation; Wei & Tanner 1990, JASA 85).
//
// Gaussians are fitted first, by stochastic expectation maximisation (Celeux & Diebolt 1985): beginning with a
// known value of the same column and class in each gap (which keeps the variances; where a whole class lacks a column,
// its values are those of the others), ten times the base is fitted to the completed rows, and their gaps are drawn
// anew. Independent levels are fitted to the known ones. Validation, calibration and test rows are completed once, by a
// draw that does not use their label.
//
// A conditional density is computed each time that a row is used: stored ones would take up to 8 D^2 bytes per row.
//
// Rows: [n, D], scaled units.
//
// Threads: RowGaps is safe from any thread once it is made; the functions are reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_
#define EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/io/labelled_data.h"
#include "model/offline/train/augmentation.h"
#include "model/offline/train/base_fit.h"
#include "model/offline/train/training_data.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The distribution of the missing values of each row given its class.
class RowGaps {
 public:
  RowGaps() = default;  // no row has any
  // data: borrowed, with its gaps.
  explicit RowGaps(const LabelledData* data) : data_(data) {}

  bool any() const { return data_ != nullptr; }

  // Draws the missing values of a row. model: the one that is trained; values: [D]. REQUIRES: the model's base density
  // has conditional densities.
  void Fill(const EnergyModel& model, const RowVisit& visit, std::span<float> values) const;

 private:
  const LabelledData* data_ = nullptr;
};

bool HasMissing(const TrainingData& data);

// As FitBase, for rows that may have missing values.
absl::StatusOr<BaseFit> FitBaseWithGaps(const ModelSpec& spec, const TrainingData& data, uint64_t seed);

// All rows with their missing values drawn once, without use of their labels.
absl::StatusOr<TrainingData> CompletedData(const ModelSpec& spec, const BaseFit& base, const TrainingData& data,
                                           uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_
