// How well each score of a model (row_scores.h) distinguishes its data from one set of outliers.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_OUTLIER_FIGURES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_OUTLIER_FIGURES_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/offline/evaluation/row_scores.h"
#include "model/offline/statistics/bootstrap.h"

namespace ebm {

// The figures of ranking.h, data being inside.
struct ScoreFigures {
  Figure auroc;
  Figure average_precision;
  Figure fpr_at_95_tpr;
};

// Two sets of values in the same bins, kHistogramBins equal ones from the least to the greatest value of both.
inline constexpr int kHistogramBins = 40;
struct PairedHistogram {
  double lower = 0;
  double upper = 0;
  std::array<int64_t, kHistogramBins> data{};
  std::array<int64_t, kHistogramBins> outliers{};
};
PairedHistogram MakePairedHistogram(std::span<const float> data, std::span<const float> outliers);

struct OutlierFigures {
  std::string name;
  int64_t rows = 0;
  std::vector<ScoreFigures> scores;  // in the order of KindsOf
  PairedHistogram log_density;
  MatrixBuffer examples;              // the first few rows, scaled units
  std::vector<float> outlier_scores;  // [rows], or empty if the model has none
};

// Whether outlier row i was made from data row i: such pairs are resampled together.
enum class Pairing { kIndependent, kRowByRow };

// REQUIRES: no empty set; scores of one model; as many rows in both where they are paired.
OutlierFigures MakeOutlierFigures(const RowScores& data, const RowScores& outliers, Pairing pairing, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_OUTLIER_FIGURES_H_
