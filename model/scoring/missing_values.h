// Outputs of a model for rows with missing values, NaN, by draws of these from the model's base density b given the
// known ones. Write x_o for the known coordinates and x_j, j = 1 to M, for the row completed by M draws of the missing
// ones from b(x_m given x_o). Then
//
//   ln p~(x_o, y) = ln of the integral of p~(x, y) over x_m  =  ln b(x_o) + ln E exp(f(x)[y] - ln b(x))
//                 ~ ln b(x_o) + LSE_j (f(x_j)[y] - ln b(x_j)) - ln M
//
// which is the marginal density of the known coordinates. Percentiles and p-values compare a row with complete ones, so
// they take the mean that a quantity q has over the missing coordinates under the model instead:
//
//   E[q(x) given x_o]  ~  sum_j w_j q(x_j),   w_j proportional to p~(x_j) / b(x_j)
//
// All rows use the same seed, and draw j that of chain j: a row's figures do not depend on other rows.
//
// Units: scaled units, nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SCORING_MISSING_VALUES_H_
#define EBM_MODEL_SCORING_MISSING_VALUES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

inline constexpr int64_t kDrawsPerRow = 32;

// The default limits of a server on one request, which clients keep to. One core does 1e9 operations in about a second.
inline constexpr int64_t kMostCompletedRows = 8192;
inline constexpr double kMostCompletionOperations = 4e9;

bool HasMissing(std::span<const float> row);

// What completing rows takes.
struct CompletionCost {
  int64_t rows = 0;       // of the result
  double operations = 0;  // about, multiplications
  double bytes = 0;       // at most, of one row's conditional density
};
// The number of a base density's Gaussians; independent levels have none.
inline constexpr int64_t kNoGaussians = 0;
// The cost of one row, of which `missing` coordinates are missing, under a base density with that many Gaussians.
CompletionCost CostOfRow(int64_t dimension, int64_t missing, int64_t gaussians);
// The cost of all rows together. rows: [n, D].
CompletionCost CostOfCompletion(ConstMatrix rows, int64_t gaussians);

struct CompletedRows {
  int64_t draws(int64_t row) const { return first[row + 1] - first[row]; }

  std::vector<float> rows;           // [m, D]: complete rows as they are, others kDrawsPerRow times
  std::vector<int64_t> first;        // [n + 1]: row i became rows first[i] to first[i + 1] - 1
  std::vector<double> log_marginal;  // [n], ln b(x_o); 0 for complete rows
};

// rows: [n, D]. REQUIRES: the base has conditional densities.
CompletedRows CompleteRows(const BaseDensity& base, ConstMatrix rows);

// A model's outputs for rows.
struct RowFigures {
  std::vector<float> logits;         // [n, K]; of a row with gaps ln p~(x_o, y)
  std::vector<float> log_density;    // [n], ln p~(x_o)
  std::vector<float> log_ratio;      // [n], ln p~(x) - ln b(x); of a row with gaps its mean
  std::vector<float> gradient_norm;  // [n], or empty; of a row with gaps its mean
  std::vector<float> hidden_means;   // [n, H], or empty; of a row with gaps their mean
  // [n], ln p~(x); of a row with gaps its mean. It can be compared with that of complete rows; log_density cannot.
  std::vector<float> comparable_log_density;
};

// From those of the completed rows, of which comparable_log_density is not used.
RowFigures CombineDraws(const CompletedRows& completed, const RowFigures& of_draws);

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_MISSING_VALUES_H_
