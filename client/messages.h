// What is asked of a server and what it answers, as plain values: no generated type leaves client/'s own .cc files.
//
// Units are those of proto/ebm/v1/inference.proto: inputs, start states and samples in data units; step sizes, noise
// scales, gradients and log densities in the model's scaled units, log densities in nats. Shapes: D is the model's
// dimension, K its number of classes, n the number of rows asked about.

#ifndef EBM_CLIENT_MESSAGES_H_
#define EBM_CLIENT_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/core/model_spec.h"

namespace ebm::client {

// Empty name: the server's only model. Empty version: the newest.
struct ModelSelector {
  std::string name;
  std::string version;
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

// What Score returns beside ln p~(x).
struct ScoreExtras {
  bool joint_log_densities = false;
  bool max_softmax = false;
  bool gradient_norm = false;
  bool percentile = false;              // FailedPrecondition where the model has no validation scores
  bool p_value = false;                 // ... no calibration scores
  bool normalized_log_density = false;  // ... no estimate of ln Z
};

// What was not asked for is empty.
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
  std::vector<float> bits_per_dimension;        // [n], of the data's steps
  std::optional<double> log_z_standard_error;   // of all of them, nats
};

// Whether p <= a, a the share of good rows that may be flagged. Compared as float32, as which p-values are sent: where
// a is one of the fractions k / (n + 1) that they take, a row at a counts.
inline bool IsOutlier(float p_value, double false_positive_rate) {
  return p_value <= static_cast<float>(false_positive_rate);
}

}  // namespace ebm::client

#endif  // EBM_CLIENT_MESSAGES_H_
