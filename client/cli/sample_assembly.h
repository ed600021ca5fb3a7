// Puts the frames of a sample stream together: one row a chain, in the order of the chains, however the frames come.
//
// Memory is taken with the first frame, so a request that the server refuses costs nothing, whatever its size.

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

  // REQUIRES: every index of the frame is below `chains` (the client library checks it).
  void Add(const SampleFrame& frame);

  // Ends the assembly: rows and log densities of diverged chains become NaN. Internal where a frame had states of
  // another dimension, or where a chain neither ended nor diverged.
  absl::Status Finish(const SampleSummary& summary);

  // The newest state and log density of each chain, NaN where none came yet; empty before the first frame.
  // states: [chains, D], data units; log_densities and, where the chains anneal, log_weights: [chains], nats.
  ConstMatrix states() const { return states_.view(); }
  const std::vector<float>& log_densities() const { return log_densities_; }
  const std::vector<double>& log_weights() const { return log_weights_; }

  uint64_t chain_steps() const;  // steps done by all chains together, as far as frames tell
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
