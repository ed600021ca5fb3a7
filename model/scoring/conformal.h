// Conformal p-values (Vovk, Gammerman & Shafer 2005, "Algorithmic learning in a random world"; for outliers, Bates et
// al. 2023, "Testing for outliers with conformal p-values", arXiv:2104.08279):
//
//   p(x) = (1 + #{i: s_i <= s(x)}) / (n + 1)
//
// with s_1 .. s_n the scores of held-out rows of data on which nothing of the model or the score was fitted or chosen;
// or, for small tables, of all rows by models that did not see them (model/offline/train/cross_fit.h), for which the
// following holds approximately.
//
// Guaranteed for any model, any score and any distribution of the data: for a fresh row that is exchangeable with the
// calibration rows, P(p <= a) <= a for every a. So flagging rows with p <= a flags, in expectation, at most a share a
// of good rows.
//
// Not guaranteed: that outliers are found; anything for rows from other sources (other writers, another camera);
// anything for a single class or a single row; the exact bound if a server computes scores in another precision (bf16)
// than that of the calibration scores. The probability is over calibration and fresh rows together: with few
// calibration rows, the share that one server flags can be somewhat above a (its standard deviation is about sqrt(a (1
// - a) / n)).

#ifndef EBM_MODEL_SCORING_CONFORMAL_H_
#define EBM_MODEL_SCORING_CONFORMAL_H_

#include <span>

namespace ebm {

// calibration_scores: rising, not empty. Returns a value from 1 / (n + 1) to 1; the former for a score that is NaN,
// which counts as an outlier.
double ConformalPValue(float score, std::span<const float> calibration_scores);

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_CONFORMAL_H_
