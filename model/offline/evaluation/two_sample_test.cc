#include "model/offline/evaluation/two_sample_test.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/finite.h"
#include "model/core/random.h"
#include "model/offline/evaluation/row_distance.h"

namespace ebm {
namespace {

constexpr uint32_t kPermutationStep = 1U << 17;  // far from the steps of outlier rows and resamples

// The rows of both sets, x first, and every |a - b|^2 among them: [m + n, m + n], symmetric.
MatrixBuffer PooledSquaredDistances(ConstMatrix x, ConstMatrix y) {
  const int64_t pooled = x.rows() + y.rows();
  const auto row = [&](int64_t i) { return i < x.rows() ? x.row(i) : y.row(i - x.rows()); };
  MatrixBuffer distances(pooled, pooled);
  for (int64_t i = 0; i < pooled; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      distances.row(i)[j] = distances.row(j)[i] = SquaredDistance(row(i), row(j));
    }
  }
  return distances;
}

// The median of the distances of different rows; their mean if the median is 0.
double Bandwidth(const MatrixBuffer& squared_distances) {
  std::vector<float> pairs;
  const int64_t n = squared_distances.rows();
  pairs.reserve(n * (n - 1) / 2);
  for (int64_t i = 0; i < n; ++i) {
    const std::span<const float> row = squared_distances.row(i);
    pairs.insert(pairs.end(), row.begin(), row.begin() + i);
  }
  const auto middle = pairs.begin() + static_cast<int64_t>(pairs.size() / 2);
  std::ranges::nth_element(pairs, middle);
  if (*middle > 0) return std::sqrt(double{*middle});
  double sum = 0;
  for (const float squared : pairs) sum += std::sqrt(double{squared});
  return sum / static_cast<double>(pairs.size());
}

// Replaces the squared distances of all pairs by k; the diagonal becomes 0.
void ToKernel(double bandwidth, MatrixBuffer& pairs) {
  const double factor = bandwidth > 0 ? -0.5 / (bandwidth * bandwidth) : 0;
  for (float& value : pairs.view().values()) value = static_cast<float>(std::exp(factor * value));
  for (int64_t i = 0; i < pairs.rows(); ++i) pairs.row(i)[i] = 0;
}

// MMD^2_u of any labelling. Only the sum within the first set is computed for each; the others follow from row sums:
// with S the whole sum and R that of the first set's rows, S_xx + S_xy = R and S_yy = S - R - S_xy.
class LabelledMmd {
 public:
  LabelledMmd(const MatrixBuffer& kernel, int64_t m)
      : kernel_(kernel), m_(m), n_(kernel.rows() - m), row_sums_(kernel.rows()) {
    for (int64_t i = 0; i < kernel.rows(); ++i) {
      row_sums_[i] = std::accumulate(kernel.row(i).begin(), kernel.row(i).end(), 0.0);
    }
    whole_ = std::accumulate(row_sums_.begin(), row_sums_.end(), 0.0);
  }

  // first: the m rows that are labelled x.
  double Of(std::span<const uint32_t> first) const {
    double within = 0;
    double of_rows = 0;
    for (size_t a = 0; a < first.size(); ++a) {
      const std::span<const float> row = kernel_.row(first[a]);
      of_rows += row_sums_[first[a]];
      for (size_t b = 0; b < a; ++b) within += row[first[b]];
    }
    within *= 2;
    const double across = of_rows - within;
    const double other = whole_ - of_rows - across;
    const auto m = static_cast<double>(m_);
    const auto n = static_cast<double>(n_);
    return within / (m * (m - 1)) + other / (n * (n - 1)) - 2 * across / (m * n);
  }

 private:
  const MatrixBuffer& kernel_;
  int64_t m_;
  int64_t n_;
  std::vector<double> row_sums_;
  double whole_ = 0;
};

// Fills the first m places with those of a uniformly random order of the rows.
void DrawLabels(uint64_t seed, uint32_t permutation, int64_t m, std::span<uint32_t> order) {
  const RandomKey key = {
      .seed = seed, .stream = RandomStream::kEvaluation, .chain = permutation, .step = kPermutationStep};
  const auto size = static_cast<uint32_t>(order.size());
  for (uint32_t i = 0; i < m; ++i) std::swap(order[i], order[i + UniformInteger(key, i, size - i)]);
}

double PValue(const LabelledMmd& mmd, double observed, int64_t m, int64_t pooled, uint64_t seed) {
  std::vector<uint32_t> order(pooled);
  std::iota(order.begin(), order.end(), 0);
  int as_high = 1;
  for (uint32_t permutation = 0; permutation < kPermutations; ++permutation) {
    DrawLabels(seed, permutation, m, order);
    if (mmd.Of(std::span(order).first(m)) >= observed) ++as_high;
  }
  return static_cast<double>(as_high) / (kPermutations + 1);
}

}  // namespace

absl::StatusOr<TwoSampleResult> KernelTwoSampleTest(ConstMatrix x, ConstMatrix y, uint64_t seed) {
  if (x.rows() < 2 || y.rows() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the two-sample test needs at least 2 rows on either side; there are ", x.rows(), " and ", y.rows()));
  }
  if (!AllFinite(x.values()) || !AllFinite(y.values())) {
    return absl::InvalidArgumentError("the two-sample test needs finite rows; some values are not");
  }
  MatrixBuffer pairs = PooledSquaredDistances(x, y);
  const double bandwidth = Bandwidth(pairs);
  ToKernel(bandwidth, pairs);
  const LabelledMmd mmd(pairs, x.rows());
  std::vector<uint32_t> own(x.rows());
  std::iota(own.begin(), own.end(), 0);
  const double observed = mmd.Of(own);
  return TwoSampleResult{
      .mmd_squared = observed, .p_value = PValue(mmd, observed, x.rows(), pairs.rows(), seed), .bandwidth = bandwidth};
}

}  // namespace ebm
