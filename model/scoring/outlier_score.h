// One score for how much a row resembles the data, from several quantities of a model:
//
//   s(x) = sum_j w_j (q_j(x) - m_j) / d_j          higher: more like the data
//
//   log_density           ln p~(x)
//   log_ratio             ln p~(x) - ln b(x), for models with a base density b: the network's part alone
//   max_log_probability   max_y ln p(y given x)
//
// with m_j and d_j the mean and the standard deviation of q_j on rows of data. The checkpoint says which quantities are
// used, and their weights (model/offline/train/choose_outlier_score.h).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SCORING_OUTLIER_SCORE_H_
#define EBM_MODEL_SCORING_OUTLIER_SCORE_H_

#include <span>
#include <string>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/scoring/calibration.h"

namespace ebm {

// A model's outputs for rows.
struct ScoredRows {
  ConstMatrix logits;                  // [n, K]
  std::span<const float> log_density;  // [n], ln p~(x)
  std::span<const float> log_ratio;    // [n], LogRatios; empty if no score uses it or there is no base
};

// log_ratio: ln p~(x) - ln b(x) of every row, [n]. The likelihood ratio cancels what the base density explains already
// (Ren et al. 2019, arXiv:1906.02845).
void LogRatios(const BaseDensity& base, ConstMatrix rows, std::span<const float> log_density,
               std::span<float> log_ratio);

// q_j of every row, [n]. REQUIRES: a known quantity, and log_ratio for kLogRatioQuantity.
std::vector<float> OutlierQuantity(const std::string& quantity, const ScoredRows& scored);

// Whether the score uses the log ratio.
bool TakesLogRatio(const OutlierScore& score);

// s of every row, [n], from its quantities, [quantities][n]; there is at least one. A quantity of weight 0 is ignored,
// even if it is infinite.
std::vector<float> WeightedSums(const OutlierScore& score, const std::vector<std::vector<float>>& columns);

// s of every row, [n]. REQUIRES: as above.
std::vector<float> OutlierScores(const OutlierScore& score, const ScoredRows& scored);

// Computes all of these outputs. x: [n, D].
struct MeasuredRows {
  MeasuredRows(const EnergyModel& model, ConstMatrix x);

  ScoredRows scored() const { return {logits.view(), log_density, log_ratio}; }

  MatrixBuffer logits;
  std::vector<float> log_density;
  std::vector<float> log_ratio;
};

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_OUTLIER_SCORE_H_
