// The percentile of ln p~ among validation rows.
//
// Threads: a free function, reentrant.

#ifndef EBM_MODEL_SCORING_PERCENTILE_H_
#define EBM_MODEL_SCORING_PERCENTILE_H_

#include <vector>

namespace ebm {

// The percentage of validation rows that have a lower ln p~: linear between the stored quantiles, 0 below the first and
// 100 above the last. REQUIRES: quantiles is sorted and has at least two elements.
double PercentileOf(float log_density, const std::vector<float>& quantiles);

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_PERCENTILE_H_
