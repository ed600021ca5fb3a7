// A Sample request that is not done: the state of each of its chains, and the frames that its reader has not taken yet.
//
// Invariants:
//   1. A chain is in exactly one state: ready, running (in a slot), parked in a frame (pending or on offer), or ended.
//   2. The chains of a frame in pending_ are parked: they have no slot and make no step until the sink has taken the
//      frame. So a job holds at most one frame per chain, and a chain's frames reach the sink in order.
//   3. A chain's frame is in the hands of one worker at a time. Several workers may offer frames of different chains at
//      the same time (offering_).
//   4. A job that waits for its reader has pending frames.
//   5. An ended job has no ready chain and no pending frame; workers release its running chains in their next round.
//
// Threads: everything is guarded by the board's lock, except (a) what is constant after construction; (b) a chain's
// state, steps, progress and trace, which belong to the worker that runs the chain and are handed over under that lock;
// (c) a parked chain's state, which belongs to the worker that offers its frame; (d) ended() and the sink, which any
// thread may use.

#ifndef EBM_SERVER_BATCHING_SAMPLE_JOB_H_
#define EBM_SERVER_BATCHING_SAMPLE_JOB_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/chain_engine.h"
#include "server/batching/chain_traces.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/result_sink.h"
#include "server/batching/scheduler_stats.h"
#include "server/batching/task.h"

namespace ebm::batching {

// (virtual time at which the job's next turn is due, sequence number of the job's joining): the order of the run queue.
using RunQueuePosition = std::pair<uint64_t, uint64_t>;

class SampleJob {
 public:
  SampleJob(JobId id, SampleTask task, size_t dimension, SteadyTime submitted);
  // Holds the job's memory until the job is destroyed. To be called at admission.
  void Hold(MemoryReservation memory) { memory_ = std::move(memory); }

  // Constant after construction.
  JobId id() const { return id_; }
  uint32_t chains() const { return task_.chains; }
  uint32_t steps_to_do() const { return task_.steps - task_.first_step; }
  SteadyTime submitted() const { return submitted_; }
  SteadyTime deadline() const { return task_.deadline; }
  Priority priority() const { return task_.priority; }
  bool IsLastStep(uint32_t step) const { return step == task_.steps; }
  bool IsFrameDue(uint32_t step) const;

  // For the worker that runs the chain.
  ChainEntry Entry(uint32_t chain);
  uint32_t steps_done(uint32_t chain) const { return steps_done_[chain]; }
  void CountStep(uint32_t chain) { ++steps_done_[chain]; }
  bool weighted() const { return task_.weighted; }
  const ChainProgress& progress(uint32_t chain) const { return progress_[chain]; }
  void SaveProgress(uint32_t chain, const ChainProgress& progress) { progress_[chain] = progress; }
  bool wants_traces() const { return traces_.has_value(); }
  void Trace(uint32_t chain, const ChainEngine::View& view) {
    traces_->Record(chain, steps_done_[chain], view.log_density, view.state);
  }
  void CountAccepted(uint32_t chain, uint32_t steps) { accepted_[chain] += steps; }
  std::span<float> state_of(uint32_t chain);  // [D]

  // For a worker that offers a frame.
  OfferResult OfferToSink(Frame& frame) { return task_.sink->Offer(frame); }
  bool NoteFrameTaken() { return !first_frame_taken_.exchange(true); }  // true the first time
  // Saves the states of a frame's chains, which continue from them once the sink has taken the frame.
  void SaveStates(const Frame& frame);
  // For the worker that finishes the job. Calls the sink's Finish and releases the sink. REQUIRES: done().
  void Finish();

  // Chains.
  bool started() const { return queue_wait_.has_value(); }
  void Start(SteadyTime now) { queue_wait_ = now - submitted_; }
  absl::Duration queue_wait() const { return queue_wait_.value_or(absl::ZeroDuration()); }
  size_t ready() const { return ready_.size(); }
  bool wants_slots() const { return !ready_.empty() && !waits_for_reader_; }
  SchedulerStats stats() const;                           // of this job
  uint32_t TakeReady();                                   // ready -> running
  void LeaveSlots(size_t chains) { running_ -= chains; }  // running -> the state that the caller sets
  void MakeReady(std::span<const uint32_t> chains);       // -> ready, ahead of chains that have not started
  void CountFinished(size_t chains) { chains_finished_ += static_cast<uint32_t>(chains); }
  void CountDiverged(uint32_t chain) { diverged_.push_back({chain, steps_done_[chain]}); }

  // Frames. Every started offer must be ended with the sink's answer, the frame if the sink did not take it, and
  // resumes() when it started, which tells whether the reader has made room since.
  bool deliverable() const { return !waits_for_reader_ && !pending_.empty(); }
  bool TryStartOffer();       // false if the frame has to queue behind others, or the job has ended
  void Park(Frame frame);     // behind the other pending frames
  Frame StartPendingOffer();  // REQUIRES: deliverable()
  uint64_t resumes() const { return resumes_; }
  void EndOffer(OfferResult result, uint64_t resumes_at_start, Frame frame);
  void Resume();

  void End(absl::Status why);  // early; the first of several reasons counts
  bool ended() const { return ended_; }
  bool done() const { return ready_.empty() && running_ == 0 && pending_.empty() && offering_ == 0; }

  // ChainQueue's: the place in the run queue, nullopt if the job is not in it, and what is counted of the job.
  std::optional<RunQueuePosition> run_queue_position;
  SchedulerStats counted;
  size_t counted_ready = 0;

 private:
  bool has_moved(uint32_t chain) const { return steps_done_[chain] > task_.first_step; }

  MemoryReservation memory_;  // the first member, so it is destroyed last
  const JobId id_;
  const size_t dimension_;
  const bool engine_draws_starts_;
  const SteadyTime submitted_;
  SampleTask task_;  // constant except for the states and the sink
  std::once_flag has_states_;
  std::vector<uint32_t> steps_done_;     // [chains]
  std::vector<uint32_t> accepted_;       // [chains], how many of the steps were accepted
  std::vector<ChainProgress> progress_;  // [chains]
  std::optional<ChainTraces> traces_;
  std::deque<uint32_t> ready_;
  size_t running_ = 0;
  uint32_t chains_finished_ = 0;
  std::vector<DivergedChain> diverged_;
  std::optional<absl::Duration> queue_wait_;

  std::deque<Frame> pending_;
  size_t parked_ = 0;     // chains of pending_
  size_t offering_ = 0;   // frames that workers offer at the moment
  uint64_t resumes_ = 0;  // calls of Resume so far
  bool waits_for_reader_ = false;
  std::atomic<bool> first_frame_taken_ = false;

  absl::Status status_;
  std::atomic<bool> ended_ = false;  // ended early, with status_
};

using SampleJobPtr = std::shared_ptr<SampleJob>;

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SAMPLE_JOB_H_
