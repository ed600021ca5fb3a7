#include "server/batching/frame_offers.h"

#include <optional>
#include <utility>
#include <vector>

namespace ebm::batching {

bool FrameOffers::Offer(const SampleJobPtr& job, Frame frame) {
  if (!board_.StartOffer(job, frame)) return false;
  const JobBoard::Offered offered = {.chains = frame.chains.size(), .final_states = frame.final_states};
  const OfferResult result = CallSink(*job, frame);
  return board_.EndOffer(job, offered, result, std::move(frame));
}

bool FrameOffers::OfferPending() {
  const std::vector<SampleJobPtr> jobs = board_.TakeOutbox();
  for (const SampleJobPtr& job : jobs) {
    while (OfferNextPending(job)) {
    }
  }
  return !jobs.empty();
}

bool FrameOffers::OfferNextPending(const SampleJobPtr& job) {
  std::optional<Frame> frame = board_.StartPendingOffer(job);
  if (!frame.has_value()) return false;
  const std::vector<uint32_t> parked = frame->chains;
  const OfferResult result = CallSink(*job, *frame);
  board_.EndPendingOffer(job, parked, result, *std::move(frame));
  return result == OfferResult::kTaken;
}

OfferResult FrameOffers::CallSink(SampleJob& job, Frame& frame) {
  const OfferResult result = job.OfferToSink(frame);
  if (result == OfferResult::kTaken && job.NoteFrameTaken()) observer_.FirstFrame(clock_.Now() - job.submitted());
  return result;
}

}  // namespace ebm::batching
