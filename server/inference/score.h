// What Score means: ln p~(x) of rows, and what follows from it.
//
//   percentile          rank of ln p~(x) among the validation rows', in percent (model/scoring/percentile.h)
//   p-value             conformal, of the calibrated outlier score (model/scoring/conformal.h)
//   ln p(x)             ln p~(x) - ln Z + ln |d x / d row|, a density in data units (model/spec/row_codec.h); -infinity
//                       outside the box that ln Z was estimated on
//   bits per dimension  -(ln p(x) + the sum of ln s) / (C ln 2), with s the step of each of the C values, or one data
//                       unit for continuous ones
//   rises of columns    how far ln p~(x) rises when one column takes its best value (explanation.h)
//
// For a row with missing values (model/scoring/missing_values.h), ln p~(x) and ln p(x) are those of the known ones, as
// are the C values of bits per dimension; the other figures compare with complete rows, and are means over the missing
// values under the model.
//
// Units: scaled units and nats, but for ln p(x) and bits per dimension.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_INFERENCE_SCORE_H_
#define EBM_SERVER_INFERENCE_SCORE_H_

#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "model/scoring/missing_values.h"
#include "server/inference/explanation.h"
#include "server/inference/model.h"

namespace ebm::inference {

struct ScoreOptions {
  bool joint_log_densities = false;
  bool max_softmax = false;
  bool gradient_norm = false;
  bool percentile = false;
  bool p_value = false;
  bool normalized_log_density = false;
  bool explanation = false;
  bool hidden_means = false;
};

// One value per row, [n], unless stated otherwise. What was not asked for is empty.
struct Scores {
  std::vector<float> log_densities;             // ln p~(x)
  std::vector<float> joint_log_densities;       // [n, K], ln p~(x, y) = f(x)[y]
  std::vector<float> max_softmaxes;             // max_y p(y given x)
  std::vector<float> gradient_norms;            // of the gradient of ln p~(x) in x
  std::vector<float> percentiles;               // 0 to 100
  std::vector<float> outlier_scores;            // with the p-values; higher: more like the data
  std::vector<float> p_values;                  // (0, 1]
  std::vector<float> normalized_log_densities;  // ln p(x)
  std::vector<float> bits_per_dimension;        // with ln p(x)
  std::optional<double> log_z_standard_error;   // with ln p(x)
  std::vector<float> hidden_means;              // [n, H], E[h given x]
  ColumnRises explanation;                      // added by the call, which evaluates further rows for it
};

// FailedPrecondition, naming the field, if an option needs what the model does not have.
absl::Status CheckAbilities(const ScoreOptions& options, const ModelInfo& model);

// Whether the answer needs ln p~(x) - ln b(x) of the rows. REQUIRES: CheckAbilities returned OK.
bool WantsLogRatio(const ScoreOptions& options, const ModelInfo& model);

// rows: [n, D], scaled units, NaN for missing values; read only for ln p(x). REQUIRES: CheckAbilities returned OK, and
// the figures have the gradient norms and hidden means if they are asked for, and the log ratios if WantsLogRatio.
Scores MakeAnswer(const ScoreOptions& options, const ModelInfo& model, std::span<const float> rows,
                  const RowFigures& figures);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_SCORE_H_
