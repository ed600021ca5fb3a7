// Whether two sets of rows come from the same distribution: the kernel two-sample test (Gretton et al. 2012, "A kernel
// two-sample test", JMLR 13, eq. 3), with a p-value by permutation.
//
//   MMD^2_u = sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (n (n - 1)) - 2 mean_{ij} k(x_i, y_j)
//   k(a, b) = exp(-|a - b|^2 / (2 h^2)),   h the median distance between two rows of either set
//
// MMD^2_u is unbiased: if the distributions are equal its mean is 0, so it can be negative. The p-value is the share,
// among kPermutations random relabellings and the actual labelling, of those whose MMD^2_u is at least as high: under
// equal distributions, P(p <= a) <= a exactly.
//
// Memory and time are quadratic in m + n. Threads: free functions, reentrant. Draws are those of kEvaluation.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_TWO_SAMPLE_TEST_H_
#define EBM_MODEL_OFFLINE_EVALUATION_TWO_SAMPLE_TEST_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"

namespace ebm {

inline constexpr int kPermutations = 999;

struct TwoSampleResult {
  double mmd_squared = 0;
  double p_value = 1;
  double bandwidth = 0;  // h, in the rows' units; 0 if all rows are equal; then every k is 1
};

// x: [m, D], y: [n, D]. Errors: InvalidArgument if either set has fewer than two rows or a value that is not finite.
absl::StatusOr<TwoSampleResult> KernelTwoSampleTest(ConstMatrix x, ConstMatrix y, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_TWO_SAMPLE_TEST_H_
