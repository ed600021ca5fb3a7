// A joint energy model's outputs for rows: its logits, and the scores by which its data can be distinguished from
// outliers (Grathwohl et al. 2020, arXiv:1912.03263, section 5.3). Every score is higher for rows that look more like
// data.
//
// Rows with missing values, NaN, are scored as a server scores them (model/scoring/missing_values.h): logits are
// ln p~(x_o, y), from which max softmax follows, and the other scores, which are compared with those of complete rows,
// are means over the missing values.
//
// The log density ratio is a difference of two float32 numbers: its error is about 1e-7 of |ln b(x)|, which far from
// the data can be more than the ratio itself.
//
// Threads: the work is divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_ROW_SCORES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_ROW_SCORES_H_

#include <array>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/scoring/calibration.h"

namespace ebm {

struct RowScores {
  MatrixBuffer logits;             // [n, K], f(x)
  std::vector<float> log_density;  // [n], ln p~(x)
  std::vector<float> max_softmax;  // [n], the top class' ln p(y given x): no ties where p rounds to 1
  // [n], -|grad_x ln p~(x)|, the approximate mass score; empty if the model has no gradient.
  std::vector<float> negative_gradient_norm;
  std::vector<float> log_density_ratio;  // [n], ln p~(x) - ln b(x); empty if the model has no base b
  std::vector<float> outlier_score;      // [n], the score of Score's p-values; empty if not asked for

  int64_t rows() const { return logits.rows(); }
};

struct ScoreKind {
  const char* name;   // in figures' names
  const char* title;  // for display
  std::vector<float> RowScores::*values;
};
inline constexpr std::array<ScoreKind, 5> kScoreKinds = {{
    {"log_density", "ln p\u0303(x)", &RowScores::log_density},
    {"max_softmax", "max softmax", &RowScores::max_softmax},
    {"negative_gradient_norm", "\u2212gradient norm", &RowScores::negative_gradient_norm},
    {"log_density_ratio", "ln p\u0303(x) \u2212 ln b(x)", &RowScores::log_density_ratio},
    {"outlier_score", "served score", &RowScores::outlier_score},
}};

// The kinds that these scores have, in that order.
std::vector<ScoreKind> KindsOf(const RowScores& scores);

// x: [n, D], scaled units, NaN for missing values; `name` names the rows in errors. Errors: InvalidArgument naming the
// first row (from 1) with a score that is not finite, as for missing values if the model has no base density. REQUIRES:
// n > 0, a model with class logits; K > 0.
absl::StatusOr<RowScores> ScoreRows(const EnergyModel& model, ConstMatrix x, absl::string_view name, int threads,
                                    const OutlierScore* outlier_score = nullptr);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_ROW_SCORES_H_
