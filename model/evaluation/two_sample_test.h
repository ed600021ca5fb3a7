// Whether two sets of rows come from one law: the kernel two-sample test (Gretton et al. 2012, "A kernel two-sample
// test", JMLR 13, eq. 3), with a p-value by permutation.
//
//   MMD^2_u = sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (n (n - 1)) - 2 mean_{ij} k(x_i, y_j)
//   k(a, b) = exp(-|a - b|^2 / (2 h^2)),   h the median distance between two rows of either set
//
// MMD^2_u is unbiased: 0 in the mean where the laws are equal, and then as often below 0 as above. The p-value is the
// share of kPermutations random relabellings, and of the labelling at hand, whose MMD^2_u is at least as high: under
// equal laws, P(p <= a) <= a exactly.
//
// It takes memory and time in (m + n)^2. Threads: free functions, reentrant. Draws are those of kEvaluation.

#ifndef EBM_MODEL_EVALUATION_TWO_SAMPLE_TEST_H_
#define EBM_MODEL_EVALUATION_TWO_SAMPLE_TEST_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"

namespace ebm {

inline constexpr int kPermutations = 999;

struct TwoSampleResult {
  double mmd_squared = 0;
  double p_value = 1;
  double bandwidth = 0;  // h, in the rows' units; 0 where all rows are equal, which makes every k 1
};

// x: [m, D], y: [n, D]. Errors: InvalidArgument where either set has fewer than two rows or a value that is not finite.
absl::StatusOr<TwoSampleResult> KernelTwoSampleTest(ConstMatrix x, ConstMatrix y, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_EVALUATION_TWO_SAMPLE_TEST_H_
