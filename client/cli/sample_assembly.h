// Assembles the frames of a sample stream into one row per chain, in the order of the chains, regardless of the order
// of the frames.
//
// Memory is allocated at the first frame, so a request that the server refuses takes none, whatever its size.

#ifndef EBM_CLIENT_CLI_SAMPLE_ASSEMBLY_H_
#define EBM_CLIENT_CLI_SAMPLE_ASSEMBLY_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "client/sample_messages.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

class SampleAssembly {
 public:
  SampleAssembly(uint32_t chains, int64_t dimension) : chains_(chains), dimension_(dimension) {}

  // REQUIRES: every chain index of the frame is below `chains` (the client library checks it).
  void Add(const SampleFrame& frame);

  // Ends the assembly: states, log densities and log weights of diverged chains become NaN. Internal if the states of a
  // frame had another dimension, or if a chain neither ended nor diverged.
  absl::Status Finish(const SampleSummary& summary);

  // The newest state, log density and log weight of each chain; NaN for a chain without a frame. Empty before the first
  // frame. states: [chains, D], data units; log_densities: [chains], nats; log_weights: [chains], nats, set for chains
  // that anneal.
  ConstMatrix states() const { return states_.view(); }
  const std::vector<float>& log_densities() const { return log_densities_; }
  const std::vector<double>& log_weights() const { return log_weights_; }

  uint64_t chain_steps() const;  // total number of steps of all chains, according to the frames so far
  uint32_t chains_ended() const;

 private:
  void Allocate();

  const uint32_t chains_;
  const int64_t dimension_;
  MatrixBuffer states_;
  std::vector<float> log_densities_;
  std::vector<double> log_weights_;
  std::vector<uint32_t> steps_;
  std::vector<bool> ended_;
  absl::Status first_error_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_SAMPLE_ASSEMBLY_H_
