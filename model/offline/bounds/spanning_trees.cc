#include "model/offline/bounds/spanning_trees.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace ebm {
namespace {

// Sets of sites that are joined by edges.
class DisjointSets {
 public:
  explicit DisjointSets(int64_t sites) : parents_(static_cast<size_t>(sites)) {
    std::iota(parents_.begin(), parents_.end(), int64_t{0});
  }

  int64_t RootOf(int64_t site) {
    while (parents_[site] != site) site = parents_[site] = parents_[parents_[site]];
    return site;
  }
  // False if the two were joined before.
  bool Join(const Edge& edge) {
    const int64_t first = RootOf(edge[0]);
    const int64_t second = RootOf(edge[1]);
    parents_[first] = second;
    return first != second;
  }

 private:
  std::vector<int64_t> parents_;
};

// A symmetric matrix of n x n numbers, row by row.
class SquareMatrix {
 public:
  explicit SquareMatrix(int64_t size) : size_(size), values_(static_cast<size_t>(size * size)) {}
  std::span<double> row(int64_t i) { return std::span(values_).subspan(i * size_, size_); }
  int64_t size() const { return size_; }

 private:
  int64_t size_;
  std::vector<double> values_;
};

// The Laplacian, with the identity in place of the rows and columns of the sites that are left out.
SquareMatrix GroundedLaplacian(int64_t sites, const std::vector<Edge>& edges, const std::vector<bool>& is_left_out) {
  SquareMatrix laplacian(sites);
  for (const auto& [low, high] : edges) {
    ++laplacian.row(low)[low];
    ++laplacian.row(high)[high];
    if (is_left_out[low] || is_left_out[high]) continue;
    --laplacian.row(low)[high];
    --laplacian.row(high)[low];
  }
  for (int64_t i = 0; i < sites; ++i) {
    if (is_left_out[i]) laplacian.row(i)[i] = 1;
  }
  return laplacian;
}

// Gauss-Jordan elimination in place, which needs no pivots for a positive definite matrix.
void Invert(SquareMatrix& matrix) {
  for (int64_t pivot = 0; pivot < matrix.size(); ++pivot) {
    const std::span<double> own = matrix.row(pivot);
    const double inverse = 1 / own[pivot];
    own[pivot] = 1;
    for (double& value : own) value *= inverse;
    for (int64_t i = 0; i < matrix.size(); ++i) {
      const std::span<double> row = matrix.row(i);
      const double factor = row[pivot];
      if (i == pivot || factor == 0) continue;
      row[pivot] = 0;
      for (int64_t j = 0; j < matrix.size(); ++j) row[j] -= factor * own[j];
    }
  }
}

}  // namespace

std::vector<double> UniformTreeProbabilities(int64_t sites, const std::vector<Edge>& edges) {
  DisjointSets components(sites);
  for (const Edge& edge : edges) components.Join(edge);
  std::vector<bool> is_left_out(static_cast<size_t>(sites));
  for (int64_t site = 0; site < sites; ++site) is_left_out[site] = components.RootOf(site) == site;
  SquareMatrix resistance = GroundedLaplacian(sites, edges, is_left_out);
  Invert(resistance);
  for (int64_t site = 0; site < sites; ++site) {
    if (is_left_out[site]) resistance.row(site)[site] = 0;
  }
  std::vector<double> probabilities;
  probabilities.reserve(edges.size());
  for (const auto& [low, high] : edges) {
    const double between = resistance.row(low)[low] + resistance.row(high)[high] - 2 * resistance.row(low)[high];
    probabilities.push_back(std::min(1.0, between));
  }
  return probabilities;
}

std::vector<double> LargestSpanningTree(int64_t sites, const std::vector<Edge>& edges,
                                        const std::vector<double>& weights) {
  std::vector<size_t> order(edges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return weights[a] > weights[b]; });
  DisjointSets joined(sites);
  std::vector<double> is_in_tree(edges.size());
  for (const size_t e : order) is_in_tree[e] = joined.Join(edges[e]) ? 1 : 0;
  return is_in_tree;
}

}  // namespace ebm
