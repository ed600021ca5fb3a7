// Training on rows with missing values, NaN.
//
// Wherever a training row is used, its missing values are drawn anew from the base density of its class given its known
// values. The base is fitted first, by stochastic expectation maximisation (Celeux & Diebolt 1985): beginning with
// gaps at the means of their class, kRounds times the base is fitted to the completed rows, and their gaps are drawn
// anew. Validation, calibration and test rows are completed once, by a draw that does not use their label.
//
// Rows: [n, D], scaled units.
//
// Threads: RowGaps is safe from any thread once it is made; the functions are reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_
#define EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/io/labelled_data.h"
#include "model/offline/train/augmentation.h"
#include "model/offline/train/base_fit.h"
#include "model/offline/train/training_data.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The distribution of the missing values of each row.
class RowGaps {
 public:
  RowGaps() = default;  // no row has any
  // Given a row's class, or for an empty list of classes not given it.
  RowGaps(const BaseDensity& base, ConstMatrix rows, std::span<const int32_t> classes);

  bool any() const { return !given_.empty(); }

  // Draws the missing values of a row. values: [D].
  void Fill(const RowVisit& visit, std::span<float> values) const;

 private:
  std::vector<std::unique_ptr<ConditionalDensity>> given_;  // [n], null for complete rows; empty if there are no others
};

bool HasMissing(const TrainingData& data);

// As FitBase, for rows that may have missing values.
absl::StatusOr<BaseFit> FitBaseWithGaps(const ModelSpec& spec, const TrainingData& data, uint64_t seed);

absl::StatusOr<RowGaps> GapsOf(const ModelSpec& spec, const BaseFit& base, const LabelledData& train);

// All rows with their missing values drawn once, without use of their labels.
absl::StatusOr<TrainingData> CompletedData(const ModelSpec& spec, const BaseFit& base, const TrainingData& data,
                                           uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_MISSING_VALUES_H_
