// A Sample request in work: where each of its chains stands, and the frames that its reader has not taken yet.
//
// Invariants:
//   1. A chain is in one place: ready, running (in one worker's slot), held by a frame, or ended.
//   2. A frame that waits in pending_ holds its chains: they have no slot and make no step before the sink has taken
//      it. So a job keeps at most one frame a chain, and a chain's frames reach the sink in order.
//   3. At most one worker is inside the sink (offering_).
//   4. A job that waits for its reader has pending frames.
//   5. An ended job has no ready chain and no pending frame; its running chains leave at their workers' next round.
//
// Threads: everything is guarded by the scheduler's lock but for (a) what is constant after construction, (b) a chain's
// state, steps, progress and trace, which belong to the worker that runs the chain and change hands under that lock,
// (c) the sink, which belongs to the worker that offers or finishes, (d) ended(), which any thread may read.

#ifndef EBM_SERVER_BATCHING_SAMPLE_JOB_H_
#define EBM_SERVER_BATCHING_SAMPLE_JOB_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/chain_engine.h"
#include "server/batching/chain_traces.h"
#include "server/batching/result_sink.h"
#include "server/batching/task.h"

namespace ebm::batching {

// The next turns in rising order: first those that are due earlier, then those that joined the ring earlier.
using RingPlace = std::pair<uint64_t, uint64_t>;

class SampleJob {
 public:
  SampleJob(JobId id, SampleTask task, absl::Time submitted);

  // Constant after construction.
  JobId id() const { return id_; }
  uint32_t chains() const { return task_.chains; }
  uint32_t steps() const { return task_.steps; }
  absl::Time submitted() const { return submitted_; }
  absl::Time deadline() const { return task_.deadline; }
  Priority priority() const { return task_.priority; }
  bool IsLastStep(uint32_t step) const { return step == task_.steps; }
  bool IsFrameDue(uint32_t step) const;

  // For the worker that runs the chain.
  ChainEntry Entry(uint32_t chain) const;
  uint32_t steps_done(uint32_t chain) const { return steps_done_[chain]; }
  void CountStep(uint32_t chain) { ++steps_done_[chain]; }
  bool anneals() const { return task_.settings.annealing_steps > 0; }
  const ChainProgress& progress(uint32_t chain) const { return progress_[chain]; }
  void SaveProgress(uint32_t chain, const ChainProgress& progress) { progress_[chain] = progress; }
  bool wants_traces() const { return traces_.has_value(); }
  void Trace(uint32_t chain, const ChainEngine::View& view) {
    traces_->Record(chain, steps_done_[chain], view.log_density, view.state);
  }
  void CountAccepted(uint32_t chain, uint32_t steps) { accepted_[chain] += steps; }
  void SaveState(uint32_t chain, std::span<const float> state);

  // For the worker that offers.
  OfferResult OfferToSink(Frame& frame) { return task_.sink->Offer(frame); }
  bool NoteFrameTaken() { return !std::exchange(first_frame_taken_, true); }  // true the first time
  // For the worker that finishes; releases the sink. REQUIRES: done().
  void Finish();

  // Chains.
  bool started() const { return queue_wait_.has_value(); }
  void Start(absl::Time now) { queue_wait_ = now - submitted_; }
  absl::Duration queue_wait() const { return queue_wait_.value_or(absl::ZeroDuration()); }
  size_t ready() const { return ready_.size(); }
  bool wants_slots() const { return !ready_.empty() && !waits_for_reader_; }
  size_t running() const { return running_; }
  size_t parked() const;
  uint32_t TakeReady();                                   // ready -> running
  void LeaveSlots(size_t chains) { running_ -= chains; }  // running -> wherever the caller puts them
  void MakeReady(std::span<const uint32_t> chains);       // -> ready, ahead of chains that have not begun
  void CountFinished(size_t chains) { chains_finished_ += static_cast<uint32_t>(chains); }
  void CountDiverged(uint32_t chain) { diverged_.push_back({chain, steps_done_[chain]}); }

  // Frames. Every offer that starts is ended with the sink's answer and, where it was not taken, the frame.
  bool deliverable() const { return !offering_ && !waits_for_reader_ && !pending_.empty(); }
  bool TryStartOffer();       // false where the frame has to queue behind others, or the job has ended
  void Park(Frame frame);     // behind the other pending frames
  Frame StartPendingOffer();  // REQUIRES: deliverable()
  void EndOffer(OfferResult result, Frame frame);
  void Resume();

  // The end. Of several reasons the first one counts.
  void End(absl::Status why);
  bool ended() const { return ended_; }
  bool done() const { return ready_.empty() && running_ == 0 && pending_.empty() && !offering_; }

  // The job's place in ChainQueue's ring; none: not in it.
  std::optional<RingPlace> ring_place;

 private:
  size_t dimension() const { return task_.states.size() / task_.chains; }

  const JobId id_;
  const absl::Time submitted_;
  SampleTask task_;  // constant but for the states' rows and the sink

  std::vector<uint32_t> steps_done_;     // [chains]
  std::vector<uint32_t> accepted_;       // [chains], of the steps done
  std::vector<ChainProgress> progress_;  // [chains]
  std::optional<ChainTraces> traces_;
  std::deque<uint32_t> ready_;
  size_t running_ = 0;
  uint32_t chains_finished_ = 0;
  std::vector<DivergedChain> diverged_;
  std::optional<absl::Duration> queue_wait_;

  std::deque<Frame> pending_;
  bool offering_ = false;
  bool waits_for_reader_ = false;
  bool resumed_while_offering_ = false;  // the reader made room before its kFull was noted
  bool first_frame_taken_ = false;

  absl::Status status_;
  std::atomic<bool> ended_ = false;  // ended early, for status_
};

using SampleJobPtr = std::shared_ptr<SampleJob>;

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SAMPLE_JOB_H_
