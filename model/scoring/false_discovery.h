// Flagging rows of a batch so that few of those that are flagged are good (Benjamini & Hochberg 1995, "Controlling the
// false discovery rate", JRSS B 57).
//
// With p_(1) <= ... <= p_(n) the p-values in rising order, rows with a p-value up to p_(k) are flagged, for the largest
// k with p_(k) <= k q / n. If the good rows are exchangeable with the calibration rows, the expected share of good rows
// among those that are flagged is at most q: conformal p-values of one set of calibration rows depend on each other
// positively (Bates, Candes, Lei, Romano & Sesia 2023, "Testing for outliers with conformal p-values", Ann. Stat. 51,
// theorem 2).
//
// Threads: a free function, reentrant.

#ifndef EBM_MODEL_SCORING_FALSE_DISCOVERY_H_
#define EBM_MODEL_SCORING_FALSE_DISCOVERY_H_

#include <span>

namespace ebm {

// p_(k), up to which rows are flagged; 0 if none is. rate: q.
float FalseDiscoveryCutoff(std::span<const float> p_values, double rate);

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_FALSE_DISCOVERY_H_
