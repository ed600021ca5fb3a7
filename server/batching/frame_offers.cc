#include "server/batching/frame_offers.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/batching/out_of_memory.h"

namespace ebm::batching {

bool FrameOffers::Offer(const SampleJobPtr& job, Frame frame) {
  const std::optional<JobBoard::Offer> offer = board_.StartOffer(job, frame);
  if (!offer.has_value()) return false;
  const size_t chains = frame.chains.size();
  const bool last = frame.final_states;
  const OfferResult result = CallSink(*job, frame);
  return board_.EndOffer(*offer, chains, last, result, std::move(frame));
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
  Frame frame;
  const std::optional<JobBoard::Offer> offer = board_.StartPendingOffer(job, frame);
  if (!offer.has_value()) return false;
  std::vector<uint32_t> parked;
  const absl::Status saved = CatchOutOfMemory([&] {
    parked = frame.chains;
    if (!frame.final_states) job->SaveStates(frame);
    return absl::OkStatus();
  });
  if (!saved.ok()) {
    board_.End(job->id(), saved);
    board_.EndPendingOffer(*offer, parked, OfferResult::kGone, std::move(frame));
    return false;
  }
  const OfferResult result = CallSink(*job, frame);
  board_.EndPendingOffer(*offer, parked, result, std::move(frame));
  return result == OfferResult::kTaken;
}

OfferResult FrameOffers::CallSink(SampleJob& job, Frame& frame) {
  OfferResult result = OfferResult::kGone;
  const auto chains = static_cast<int>(frame.chains.size());  // the sink moves from the frame
  const bool last = frame.final_states;
  const absl::Status offered = CatchOutOfMemory([&] {
    result = job.OfferToSink(frame);
    return absl::OkStatus();
  });
  if (!offered.ok()) board_.End(job.id(), offered);
  if (result == OfferResult::kTaken) ReportTaken(job, chains, last);
  return result;
}

void FrameOffers::ReportTaken(SampleJob& job, int chains, bool last) {
  if (job.NoteFrameTaken()) observer_.FirstFrame(clock_.Now() - job.submitted());
  if (last) observer_.ChainsFinished(chains);
}

}  // namespace ebm::batching
