// A worker does the computing of one model on one thread. It owns the slots of a tile of chains. In each round it
// evaluates a tile of waiting rows, fills its free slots with ready chains, moves all its chains by one step, and
// offers the frames that are due.
//
// RunOnce runs one round. WorkerPool calls it from its threads; tests call it directly.
//
// If an engine fails, all requests with chains in its slots, or with rows in the tile, end with its status; if it
// cannot admit a chain, that chain's request.
//
// A chain that leaves its slot (to be parked, or at the end of its turn) keeps its state, step number and progress
// (chain_engine.h) in its job. It continues with the same bits in any slot of any worker.

#ifndef EBM_SERVER_BATCHING_WORKER_H_
#define EBM_SERVER_BATCHING_WORKER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/batching_observer.h"
#include "server/batching/chain_engine.h"
#include "server/batching/clock.h"
#include "server/batching/frame_offers.h"
#include "server/batching/job_board.h"
#include "server/batching/scheduler.h"

namespace ebm::batching {

// The number of steps that a chain makes in a slot before it yields to other requests that wait. This bounds how long a
// new request waits for a slot. Yielding costs one Read and one Admit, little compared with this many steps.
inline constexpr uint32_t kTurnSteps = 64;

// A round admits at least one chain, if one waits, and no further ones once its admissions have taken this long: to
// draw where a chain starts may cost much more than a step of it, and the chains and rows that the worker has already
// should not wait for all of them.
inline constexpr absl::Duration kLongestAdmission = absl::Milliseconds(1);

// Threads: a worker belongs to one thread.
class Worker {
 public:
  // The scheduler is borrowed and outlives the worker. REQUIRES: the engines have the scheduler's dimension and number
  // of classes.
  Worker(ChainScheduler* scheduler, std::unique_ptr<ChainEngine> chains, std::unique_ptr<RowEngine> rows);

  // Runs one round. False if there was nothing to do.
  bool RunOnce();

 private:
  // The chain in a slot; the slot is free if job is null.
  struct Occupant {
    SampleJobPtr job;
    uint32_t chain = 0;
    uint32_t step_at_entry = 0;
  };

  // The parts of a round.
  void ReleaseEnded();
  bool EvaluateRows();
  absl::Status EvaluateTile(const std::vector<RowSlice>& slices);
  void YieldTurns();
  void AdmitReady();
  void Admit(const ReadyChain& ready);
  bool StepChains();

  std::vector<int> AfterStep();
  // A frame to be offered, and the slots of its chains.
  struct DueFrame {
    std::span<const int> slots;
    Frame frame;
  };
  void OfferFrames(std::vector<int> due);
  void SortByFrame(std::vector<int>& due) const;
  std::vector<DueFrame> MakeFrames(std::span<const int> due) const;
  static void AddResults(std::span<const float> log_density, const SampleJob& job, Frame& frame);
  // Reads the states of these slots into `states`, and their ln p~ into log_densities_, and saves the chains' progress
  // in their jobs. False after an error of the engine, which ends all jobs with chains in the slots.
  bool Read(std::span<const int> slots, std::span<const std::span<float>> states);
  void EndAll(const absl::Status& why);
  Occupant Leave(int slot);  // frees the slot and returns its chain

  JobBoard& board_;
  FrameOffers offers_;
  const Clock& clock_;
  BatchingObserver& observer_;
  const std::unique_ptr<ChainEngine> chains_;
  const std::unique_ptr<RowEngine> rows_;

  std::vector<Occupant> occupants_;  // [chains_->slots()]
  std::vector<int> free_slots_;
  std::vector<float> log_densities_;  // [n], of the last Read
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WORKER_H_
