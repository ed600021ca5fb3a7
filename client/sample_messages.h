// What Sample is asked and what it answers, as plain values (messages.h has the others, units and shapes).

#ifndef EBM_CLIENT_SAMPLE_MESSAGES_H_
#define EBM_CLIENT_SAMPLE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/messages.h"
#include "model/core/matrix_view.h"
#include "model/core/model_spec.h"

namespace ebm::client {

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
  std::optional<bool> anneal;                // from the base density, with weights
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
  std::vector<double> log_weights;   // [len(chains)], ln w; empty where the chains do not anneal
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

// What the weights of annealed chains say; log_z in nats.
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
  std::optional<double> acceptance_rate;    // of the steps, where sampler.metropolis
  std::optional<double> adapted_step_size;  // median over chains, where sampler.adaptation_steps
  std::optional<ChainDiagnostics> diagnostics;
  std::optional<AnnealingSummary> annealing;  // where sampler.anneal
  double queue_seconds = 0.0;
  double total_seconds = 0.0;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_SAMPLE_MESSAGES_H_
