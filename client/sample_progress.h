// How far a sample request is, and the requests for what is left of it after its stream was lost.
//
// Chains are continued from their last frames (inference.proto, SampleRequest.first_step) if the states are in scaled
// units and the kernel's chains carry no more than their state. Otherwise the whole request is repeated, which has the
// same bits under its seed, and states that were delivered before are left out. It is also repeated if it asks for
// diagnostics, which are figures of whole chains.
//
// The frames that come out are those of one uninterrupted stream, each state once; but one frame may come as several.
//
// Threads: one at a time.

#ifndef EBM_CLIENT_SAMPLE_PROGRESS_H_
#define EBM_CLIENT_SAMPLE_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/sample_messages.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// The request for `count` of a request's chains, from number `first` among them: the same chains under the same seed.
SampleRequest PartOf(const SampleRequest& request, uint32_t first, uint32_t count);

class SampleProgress {
 public:
  // settings: what the chains move with; unset: not known to this client. REQUIRES: the request has a seed.
  SampleProgress(SampleRequest request, std::optional<SamplerSettings> settings);

  // A frame of `piece`, the request itself or one of Remaining. Afterwards, its chains are counted from the request's
  // first one, and those whose states were delivered before are gone; all of them may be.
  void Take(const SampleRequest& piece, SampleFrame& frame);

  // The summary of a piece that has ended.
  void Take(const SampleRequest& piece, const SampleSummary& summary);

  // The pieces that have not ended, in the order of their chains.
  std::vector<SampleRequest> Remaining() const;

  // REQUIRES: every piece has ended. Of a request whose chains were continued, the acceptance rate is that of the
  // pieces that ended, and the seconds are their sum.
  SampleSummary Summary() const;

 private:
  struct Chain {
    std::optional<uint32_t> step;  // of the last state delivered
    bool ended = false;            // that was its final state, or it has diverged
  };

  struct PieceSummary {
    uint32_t chains = 0;  // of the piece
    uint32_t first_step = 0;
    SampleSummary summary;
  };

  SampleRequest PieceOf(uint32_t first, uint32_t count) const;
  void Keep(const SampleFrame& frame);

  const SampleRequest request_;
  const std::optional<SamplerSettings> settings_;
  const bool continues_;
  std::vector<Chain> chains_;
  MatrixBuffer states_;  // [chains, D], the last delivered, if the chains can be continued
  std::vector<DivergedChain> diverged_;
  std::vector<PieceSummary> summaries_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_SAMPLE_PROGRESS_H_
