// How well a score separates rows inside a distribution, where it should be high, from rows outside.
//
// With "inside" the positive class and a threshold t, TPR(t) is the share of inside rows that score at least t and
// FPR(t) that of outside rows. Equal scores lie on the same side of every threshold.
//
//   AUROC              P(inside > outside) + P(inside = outside) / 2: 1 is perfect, 0.5 is chance
//   average precision  the sum over thresholds of (recall gained) * precision, the area under the precision-recall
//                      curve; a random score has the share of inside rows
//   FPR at 95 % TPR    at the highest threshold that keeps 95 % of the inside rows: 0 is perfect, about 0.95 is chance
//
// Scores are finite. Threads: const methods are safe from many threads at once.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_RANKING_H_
#define EBM_MODEL_OFFLINE_STATISTICS_RANKING_H_

#include <cstdint>
#include <span>
#include <vector>

namespace ebm {

struct RankingFigures {
  double auroc = 0;
  double average_precision = 0;
  double fpr_at_95_tpr = 0;
};

// Two sets of scores, sorted once, so that every resample of their rows costs one pass.
class Ranking {
 public:
  // REQUIRES: at least one score on either side, all finite.
  Ranking(std::span<const float> inside, std::span<const float> outside);

  RankingFigures Figures() const;

  // With row i of either side taken inside_counts[i] or outside_counts[i] times. REQUIRES: on either side, as many
  // counts as scores and one above 0.
  RankingFigures Figures(std::span<const uint32_t> inside_counts, std::span<const uint32_t> outside_counts) const;

 private:
  struct Place {
    uint32_t row;
    bool inside;
    bool last_of_its_score;
  };
  std::vector<Place> places_;  // from the highest score to the lowest
  size_t inside_rows_;
  size_t outside_rows_;
};

// AUROC alone.
double AreaUnderCurve(std::span<const float> inside, std::span<const float> outside);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_RANKING_H_
