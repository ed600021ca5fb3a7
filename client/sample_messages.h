// Requests and answers of Sample as plain values. messages.h has the units, shapes and the other calls.

#ifndef EBM_CLIENT_SAMPLE_MESSAGES_H_
#define EBM_CLIENT_SAMPLE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/messages.h"
#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm::client {

// A request's share of the server's chain slots while other requests wait too. Relative to a normal request, a low one
// gets a quarter of the share and a high one four times the share.
enum class Priority { kLow, kNormal, kHigh };

// kServerDefault: the given states if the request carries some, else the checkpoint's default.
enum class ChainStart { kServerDefault, kUniform, kBuffer, kGiven, kBase };

// How chains move. In a request, unset fields take the checkpoint's defaults. In an answer all fields are set, except
// `temperature` (see SampleSummary) and, for chains without a clamp, `clamp`.
struct SamplerSettings {
  std::optional<uint32_t> steps;
  std::optional<float> step_size;
  std::optional<float> noise_scale;
  std::optional<double> temperature;  // instead of noise_scale
  std::optional<DataRange> clamp;
  bool no_clamp = false;
  std::optional<bool> final_noise_free_step;
  std::optional<bool> metropolis;            // accept or reject every step
  std::optional<uint32_t> adaptation_steps;  // burn-in steps, which also tune step_size
  std::optional<bool> anneal;                // annealed importance sampling from the base density
  ChainStart start = ChainStart::kServerDefault;
};

struct SampleRequest {
  ModelSelector model;
  uint32_t chains = 1;
  std::optional<uint64_t> seed;         // if unset, the server draws one
  std::optional<int32_t> target_class;  // if unset, chains sample p(x)
  SamplerSettings sampler;
  MatrixBuffer start_states;              // [chains, D], [1, D] for all chains, or empty
  std::vector<uint8_t> held_coordinates;  // [D] with 1 for a coordinate held at its start value; or empty
  uint32_t frame_interval = 0;            // in steps; 0: the final states only
  Priority priority = Priority::kNormal;
  bool diagnostics = false;
};

// States of chains that reached the same step.
struct SampleFrame {
  uint32_t step = 0;
  std::vector<uint32_t> chains;      // each below SampleRequest::chains
  MatrixBuffer states;               // [len(chains), D]
  std::vector<float> log_densities;  // [len(chains)]
  bool final = false;                // these chains have done all their steps
  std::vector<double> log_weights;   // [len(chains)], ln w; empty unless SamplerSettings::anneal is set
};

// A chain whose state stopped being finite, and the number of steps that it had done.
struct DivergedChain {
  uint32_t chain = 0;
  uint32_t step = 0;
};

// Convergence diagnostics of the chains that finished; inference.proto has the definitions.
struct ChainDiagnostics {
  uint32_t first_step = 0;
  uint32_t step_interval = 0;
  uint32_t draws = 0;
  std::optional<double> log_density_r_hat;
  std::optional<double> log_density_effective_sample_size;
  std::optional<double> largest_r_hat;  // over the coordinates that are not held
  std::optional<uint32_t> largest_r_hat_coordinate;
};

// Statistics of the importance weights of annealed chains; log_z in nats.
struct AnnealingSummary {
  double effective_sample_size = 0;
  double log_z = 0;
  double log_z_standard_error = 0;
};

struct SampleSummary {
  ModelIdentity model;
  uint64_t seed = 0;
  SamplerSettings sampler;
  double temperature = 0.0;  // sigma^2 / (2 alpha)
  uint32_t chains_finished = 0;
  std::vector<DivergedChain> diverged_chains;
  uint64_t chain_steps = 0;
  std::optional<double> acceptance_rate;    // share of accepted steps; set with sampler.metropolis
  std::optional<double> adapted_step_size;  // median over chains; set if sampler.adaptation_steps is above 0
  std::optional<ChainDiagnostics> diagnostics;
  std::optional<AnnealingSummary> annealing;  // set with sampler.anneal if at least two chains finished
  double queue_seconds = 0.0;
  double total_seconds = 0.0;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_SAMPLE_MESSAGES_H_
