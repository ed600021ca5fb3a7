// Requests and answers of Classify and Score as plain values. No generated type leaves the .cc files of client/.
//
// Units are those of proto/ebm/v1/inference.proto: inputs, start states and samples in data units (states also in
// scaled ones, SampleRequest::state_units); step sizes, noise scales, gradients and log densities in the model's scaled
// units, log densities in nats. Shapes: D is the model's dimension, K its number of classes, n the number of rows of
// the request.

#ifndef EBM_CLIENT_MESSAGES_H_
#define EBM_CLIENT_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm::client {

// An empty name selects the server's only model. A version is selected by itself or by one of its labels, such as
// "canary"; if both are empty, by the label "stable", or the newest if no version has that.
struct ModelSelector {
  std::string name;
  std::string version;
  std::string label = {};
};

struct ModelIdentity {
  std::string name;
  std::string version;

  friend bool operator==(const ModelIdentity&, const ModelIdentity&) = default;
};

struct ClassifyAnswer {
  ModelIdentity model;
  MatrixBuffer probabilities;             // [n, K]
  std::vector<int32_t> classes;           // [n], 0 to K - 1
  std::vector<std::string> class_labels;  // [K]
};

// Figures that Score returns in addition to ln p~(x).
struct ScoreExtras {
  bool joint_log_densities = false;
  bool max_softmax = false;
  bool gradient_norm = false;
  bool percentile = false;              // FailedPrecondition if the model has no validation scores
  bool p_value = false;                 // FailedPrecondition if it has no calibration scores
  bool normalized_log_density = false;  // FailedPrecondition if it has no estimate of ln Z
  bool hidden_means = false;            // FailedPrecondition if it has no hidden units whose means are known
  bool explanation = false;             // InvalidArgument if the rows take too many evaluations (inference.proto)
};

// Fields that were not requested are empty.
struct ScoreAnswer {
  ModelIdentity model;
  std::vector<float> log_densities;             // [n], ln p~(x)
  MatrixBuffer joint_log_densities;             // [n, K], ln p~(x, y)
  std::vector<float> max_softmaxes;             // [n]
  std::vector<float> gradient_norms;            // [n]
  std::vector<float> percentiles;               // [n], 0 to 100
  std::vector<float> outlier_scores;            // [n], higher: more like the data
  std::vector<float> p_values;                  // [n], conformal
  std::vector<float> normalized_log_densities;  // [n], ln p(x), nats in scaled units
  std::vector<float> bits_per_dimension;        // [n]; inference.proto has the formula
  std::optional<double> log_z_standard_error;   // nats, the same for all rows
  MatrixBuffer hidden_means;                    // [n, H], 0 to 1
  MatrixBuffer column_rises;                    // [n, C], nats, NaN for missing values
  MatrixBuffer best_values;                     // [n, C], data units, NaN for missing values
};

// Whether a row is an outlier, p <= a, at the false-positive rate a. p-values are k / (N + 1) with N calibration rows,
// sent as float32. a is therefore compared as float32 as well, so that a row whose p-value equals a is an outlier.
inline bool IsOutlier(float p_value, double false_positive_rate) {
  return p_value <= static_cast<float>(false_positive_rate);
}

}  // namespace ebm::client

#endif  // EBM_CLIENT_MESSAGES_H_
