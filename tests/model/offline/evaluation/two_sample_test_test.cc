#include "model/offline/evaluation/two_sample_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "model/offline/evaluation/row_distance.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

MatrixBuffer NormalRows(uint64_t seed, uint32_t chain, int64_t n, int64_t dimension, float mean = 0) {
  MatrixBuffer rows(n, dimension);
  FillNormal({.seed = seed, .chain = chain}, rows.view().values());
  for (float& value : rows.view().values()) value += mean;
  return rows;
}

double SlowSquaredDistance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

// The mean kernel of all pairs (i, j), without those with i = j if `same`.
double MeanKernel(const MatrixBuffer& a, const MatrixBuffer& b, double bandwidth, bool same) {
  double sum = 0;
  double pairs = 0;
  for (int64_t i = 0; i < a.rows(); ++i) {
    for (int64_t j = 0; j < b.rows(); ++j) {
      if (same && i == j) continue;
      sum += std::exp(-SlowSquaredDistance(a.row(i), b.row(j)) / (2 * bandwidth * bandwidth));
      ++pairs;
    }
  }
  return sum / pairs;
}

double SlowMedianDistance(const MatrixBuffer& x, const MatrixBuffer& y) {
  std::vector<double> distances;
  const auto row = [&](int64_t i) { return i < x.rows() ? x.row(i) : y.row(i - x.rows()); };
  for (int64_t i = 0; i < x.rows() + y.rows(); ++i) {
    for (int64_t j = 0; j < i; ++j) distances.push_back(std::sqrt(SlowSquaredDistance(row(i), row(j))));
  }
  std::ranges::sort(distances);
  return distances[distances.size() / 2];
}

TEST(KernelTwoSampleTest, EqualsItsDefinitionByDoubleLoops) {
  const MatrixBuffer x = NormalRows(1, 0, 13, 11);
  const MatrixBuffer y = NormalRows(2, 0, 20, 11, 0.3F);
  const TwoSampleResult result = *KernelTwoSampleTest(x.view(), y.view(), 1);
  const double h = SlowMedianDistance(x, y);
  EXPECT_NEAR(result.bandwidth, h, 1e-5 * h);
  EXPECT_NEAR(result.mmd_squared,
              MeanKernel(x, x, h, true) + MeanKernel(y, y, h, true) - 2 * MeanKernel(x, y, h, false), 1e-6);
}

// Under equal distributions all labellings are equally likely, so p is uniform on 1/1000, ..., 1 for continuous rows.
TEST(KernelTwoSampleTest, ThePValueIsUniformForEqualDistributions) {
  std::vector<int64_t> counts(10);
  for (uint32_t i = 0; i < 400; ++i) {
    const MatrixBuffer x = NormalRows(3, i, 12, 2);
    const MatrixBuffer y = NormalRows(4, i, 15, 2);
    const double p = KernelTwoSampleTest(x.view(), y.view(), i)->p_value;
    ++counts[static_cast<size_t>((std::lround(p * (kPermutations + 1)) - 1) / 100)];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

// The means are 1 apart in each of 3 coordinates; with 60 rows per side, this is 5.5 standard errors in each.
TEST(KernelTwoSampleTest, AShiftIsSeen) {
  const MatrixBuffer x = NormalRows(5, 0, 60, 3);
  const MatrixBuffer y = NormalRows(6, 0, 60, 3, 1.0F);
  EXPECT_DOUBLE_EQ(KernelTwoSampleTest(x.view(), y.view(), 1)->p_value, 1.0 / (kPermutations + 1));
}

TEST(KernelTwoSampleTest, EqualRowsAreNoEvidence) {
  const MatrixBuffer x({1, 1, 1}, 3, 1);
  const TwoSampleResult result = *KernelTwoSampleTest(x.view(), x.view(), 1);
  EXPECT_DOUBLE_EQ(result.mmd_squared, 0);
  EXPECT_DOUBLE_EQ(result.p_value, 1);
}

TEST(KernelTwoSampleTest, MostlyEqualRowsHaveAWidthAllTheSame) {
  const MatrixBuffer x({1, 1, 1, 1, 1, 9}, 6, 1);
  EXPECT_GT(KernelTwoSampleTest(x.view(), x.view(), 1)->bandwidth, 0);
}

TEST(KernelTwoSampleTest, RefusesFewerThanTwoRowsOnASide) {
  const MatrixBuffer two({1, 2}, 2, 1);
  const absl::Status status = KernelTwoSampleTest(two.view(), two.view().rows_from(0, 1), 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("2 and 1"));
}

// Two clusters far apart: only the actual labelling and its mirror image are as far apart, and 999 draws hit one of
// these two of C(60, 30) labellings with a probability of 2e-14.
TEST(KernelTwoSampleTest, FarClustersGiveTheLeastPValue) {
  const MatrixBuffer x = NormalRows(9, 0, 30, 2);
  const MatrixBuffer y = NormalRows(10, 0, 30, 2, 100);
  EXPECT_DOUBLE_EQ(KernelTwoSampleTest(x.view(), y.view(), 0)->p_value, 1.0 / (kPermutations + 1));
}

TEST(KernelTwoSampleTest, RefusesRowsThatAreNotFinite) {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const MatrixBuffer good({1, 2, 3}, 3, 1);
    const MatrixBuffer bad({1, value, 3}, 3, 1);
    EXPECT_EQ(KernelTwoSampleTest(good.view(), bad.view(), 1).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(KernelTwoSampleTest(bad.view(), good.view(), 1).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(FindNearestTest, EqualsALoopOverAllRows) {
  const MatrixBuffer set = NormalRows(7, 0, 70, 13);
  const MatrixBuffer queries = NormalRows(8, 0, 40, 13);
  const std::vector<Nearest> found = FindNearest(queries.view(), set.view(), 3);
  for (int64_t i = 0; i < queries.rows(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (int64_t j = 0; j < set.rows(); ++j) least = std::min(least, SlowSquaredDistance(queries.row(i), set.row(j)));
    EXPECT_NEAR(found[i].distance, std::sqrt(least), 1e-5);
    EXPECT_NEAR(SlowSquaredDistance(queries.row(i), set.row(found[i].row)), least, 1e-5);
  }
}

TEST(FindNearestTest, ACopyIsFoundAtDistanceZero) {
  const MatrixBuffer set = NormalRows(7, 0, 9, 5);
  const std::vector<Nearest> found = FindNearest(set.view(), set.view(), 1);
  for (int64_t i = 0; i < set.rows(); ++i) {
    EXPECT_EQ(found[i].row, i);
    EXPECT_EQ(found[i].distance, 0);
  }
}

}  // namespace
}  // namespace ebm
