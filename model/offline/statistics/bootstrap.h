// How much a figure could vary on other rows of the same kind: the percentile bootstrap (Efron & Tibshirani 1993,
// chapter 13). A resample draws n of the n rows with replacement. The interval is from the 2.5 % to the 97.5 % quantile
// of the figure over kBootstrapResamples resamples.
//
// The interval does not cover other sources of uncertainty: another training seed, another kind of data, rows that
// depend on each other. On few rows (below about 50) it is too narrow.
//
// Draws are those of {seed, kEvaluation, chain = resample, step = kBootstrapStep + group} (random.h).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_BOOTSTRAP_H_
#define EBM_MODEL_OFFLINE_STATISTICS_BOOTSTRAP_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ebm {

inline constexpr int kBootstrapResamples = 1000;

// A figure with its 95 % interval.
struct Figure {
  double value = 0;
  double lower = 0;
  double upper = 0;
};

// How often each row of each group is in one resample: counts[g] has one number per row of group g.
using ResampleCounts = std::vector<std::vector<uint32_t>>;

// The figures of a resample, always in the same number and order.
using ResampleFigures = std::function<std::vector<double>(const ResampleCounts&)>;

// The figures of the rows as they are (every count 1), each with its interval. group_rows: rows of each group; groups
// are resampled independently of each other. REQUIRES: no empty group.
std::vector<Figure> Bootstrap(std::span<const int64_t> group_rows, uint64_t seed, const ResampleFigures& figures);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_BOOTSTRAP_H_
