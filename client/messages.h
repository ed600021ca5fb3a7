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
  std::vector<float> bits_per_dimension;        // [n], in data units
  std::optional<double> log_z_standard_error;   // of all of them, nats
};

// Whether p <= a, a the share of good rows that may be flagged. Compared as float32, as which p-values are sent: where
// a is one of the fractions k / (n + 1) that they take, a row at a counts.
inline bool IsOutlier(float p_value, double false_positive_rate) {
  return p_value <= static_cast<float>(false_positive_rate);
}

// A request's share of the server beside others that wait: a low one has a quarter of a normal one's, a high one four
// times as much.
enum class Priority { kLow, kNormal, kHigh };

// kServerDefault: the checkpoint's default, or the given states where a request carries some.
enum class ChainStart { kServerDefault, kUniform, kBuffer, kGiven, kBase };

// How chains move; what is unset takes the checkpoint's default. In an answer every value is set, but for `clamp`,
// which is unset where the chains ran without one.
struct SamplerSettings {
  std::optional<uint32_t> steps;
  std::optional<float> step_size;
  std::optional<float> noise_scale;
  std::optional<double> temperature;  // in place of noise_scale; unset in answers, which state it beside the settings
  std::optional<DataRange> clamp;
  bool no_clamp = false;
  std::optional<bool> final_noise_free_step;
  std::optional<bool> metropolis;            // accept or refuse every step
  std::optional<uint32_t> adaptation_steps;  // that also tune step_size
  ChainStart start = ChainStart::kServerDefault;
};

struct SampleRequest {
  ModelSelector model;
  uint32_t chains = 1;
  std::optional<uint64_t> seed;         // unset: the server draws one
  std::optional<int32_t> target_class;  // unset: p(x)
  SamplerSettings sampler;
  MatrixBuffer start_states;              // [chains, D], [1, D] for all chains, or empty
  std::vector<uint8_t> held_coordinates;  // [D], 1: held at its start value; or empty
  uint32_t frame_interval = 0;            // 0: only the final states
  Priority priority = Priority::kNormal;
  bool diagnostics = false;
};

// Chains of the request that reached the same step together.
struct SampleFrame {
  uint32_t step = 0;
  std::vector<uint32_t> chains;      // each below SampleRequest::chains
  MatrixBuffer states;               // [len(chains), D]
  std::vector<float> log_densities;  // [len(chains)]
  bool final = false;                // these chains have done all their steps
};

// A chain that left the finite numbers, and the step after which it was seen.
struct DivergedChain {
  uint32_t chain = 0;
  uint32_t step = 0;
};

// How well the chains that finished mixed, over their last steps; see the .proto.
struct ChainDiagnostics {
  uint32_t first_step = 0;
  uint32_t step_interval = 0;
  uint32_t draws = 0;
  std::optional<double> log_density_r_hat;
  std::optional<double> log_density_effective_sample_size;
  std::optional<double> largest_r_hat;  // over the coordinates that move
  std::optional<uint32_t> largest_r_hat_coordinate;
};

struct SampleSummary {
  ModelIdentity model;
  uint64_t seed = 0;
  SamplerSettings sampler;
  double temperature = 0.0;  // sigma^2 / (2 alpha)
  uint32_t chains_finished = 0;
  std::vector<DivergedChain> diverged_chains;
  uint64_t chain_steps = 0;
  std::optional<double> acceptance_rate;    // of the steps, where sampler.metropolis
  std::optional<double> adapted_step_size;  // median over chains, where sampler.adaptation_steps
  std::optional<ChainDiagnostics> diagnostics;
  double queue_seconds = 0.0;
  double total_seconds = 0.0;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_MESSAGES_H_
