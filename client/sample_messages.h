// Requests and answers of Sample as plain values. messages.h has the units, shapes and the other calls.

#ifndef EBM_CLIENT_SAMPLE_MESSAGES_H_
#define EBM_CLIENT_SAMPLE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/messages.h"
#include "model/core/matrix_view.h"
#include "model/sampler/sampler_settings.h"

namespace ebm::client {

// A request's share of the server's chain slots while other requests wait too. Relative to a normal request, a low one
// gets a quarter of the share and a high one four times the share.
enum class Priority { kLow, kNormal, kHigh };

// The units of the start states of a request and of the states in its frames. The conversion to data units rounds;
// scaled units are exact.
enum class StateUnits { kData, kScaled };

struct SampleRequest {
  ModelSelector model;
  uint32_t chains = 1;
  std::optional<uint64_t> seed;         // if unset, the server draws one
  std::optional<int32_t> target_class;  // if unset, chains sample p(x)
  // The clamp in data units; the start box is the model's. If unset, ModelDescription::sampler_defaults, but chains
  // start from the start_states if there are some. To change one setting, change a copy of those defaults.
  std::optional<SamplerSettings> sampler;
  MatrixBuffer start_states;              // [chains, D], [1, D] for all chains, or empty
  std::vector<uint8_t> held_coordinates;  // [D] with 1 for a coordinate held at its start value; or empty
  uint32_t frame_interval = 0;            // in steps; 0: the final states only
  Priority priority = Priority::kNormal;
  bool diagnostics = false;
  uint32_t first_chain = 0;  // under the seed: several requests can divide the chains of one among them
  uint32_t first_step = 0;   // steps that chains at the start states have done; inference.proto, SampleRequest
  StateUnits state_units = StateUnits::kData;
};

// States of chains that reached the same step.
struct SampleFrame {
  uint32_t step = 0;
  std::vector<uint32_t> chains;      // counted from SampleRequest::first_chain, so each below SampleRequest::chains
  MatrixBuffer states;               // [len(chains), D]
  std::vector<float> log_densities;  // [len(chains)]
  bool final = false;                // these chains have done all their steps
  std::vector<double> log_weights;   // [len(chains)], ln w; empty unless the kernel is AnnealedLangevin
};

// A chain whose state stopped being finite, counted from the first one, and the number of steps that it had done.
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
  std::optional<SamplerSettings> sampler;  // unset if this client does not know the kind of kernel
  double temperature = 0.0;                // sigma^2 / (2 alpha)
  uint32_t chains_finished = 0;
  std::vector<DivergedChain> diverged_chains;
  uint64_t chain_steps = 0;
  std::optional<double> acceptance_rate;    // share of accepted steps; set if the kernel rejects some
  std::optional<double> adapted_step_size;  // median over chains; set if there was an adaptation
  std::optional<ChainDiagnostics> diagnostics;
  std::optional<AnnealingSummary> annealing;  // set for annealed chains if two or more finished
  double queue_seconds = 0.0;
  double total_seconds = 0.0;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_SAMPLE_MESSAGES_H_
