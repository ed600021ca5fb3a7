// A worker: one thread's worth of computing. It owns a tile of chains and, step after step: takes a tile of waiting
// rows, fills its free slots with ready chains, moves all its chains by one step, and hands out the frames that are
// due.
//
// RunOnce is one such round and nothing else, so tests crank workers by hand; WorkerPool cranks them
// from its threads.
//
// A chain that leaves its slot (to be parked, or at the end of its turn) takes its state, step number and progress
// (chain_engine.h) with it and comes back with the same bits, into any slot of any worker.

#ifndef EBM_SERVER_BATCHING_WORKER_H_
#define EBM_SERVER_BATCHING_WORKER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "server/batching/chain_engine.h"
#include "server/batching/scheduler.h"

namespace ebm::batching {

// Steps that a chain makes in its slot before it yields to other requests that wait: a new request gets a slot within
// so many steps. Yielding costs one Read and one Admit, little against this many steps.
inline constexpr uint32_t kTurnSteps = 64;

// Threads: a worker belongs to one thread.
class Worker {
 public:
  // The scheduler is borrowed and outlives the worker. REQUIRES: the engines have its dimension and classes.
  Worker(ChainScheduler* scheduler, std::unique_ptr<ChainEngine> chains, std::unique_ptr<RowEngine> rows);

  // One round. False when there was nothing to do.
  bool RunOnce();

 private:
  // A slot and who sits there; nobody where job is null.
  struct Seat {
    SampleJobPtr job;
    uint32_t chain = 0;
    uint32_t step_at_entry = 0;
  };

  // The parts of a round.
  void ReleaseEnded();
  bool EvaluateRows();
  void YieldTurns();
  void AdmitReady();
  bool StepChains();

  std::vector<int> AfterStep();
  void OfferFrames(std::vector<int> due);
  Frame MakeFrame(std::span<const int> slots, size_t first) const;
  void ReadStates(std::span<const int> slots);
  Seat Leave(int slot);  // who sat there

  ChainScheduler* const scheduler_;
  const std::unique_ptr<ChainEngine> chains_;
  const std::unique_ptr<RowEngine> rows_;

  std::vector<Seat> seats_;  // [chains_->slots()]
  std::vector<int> free_slots_;
  std::vector<float> states_;         // what ReadStates read last: [n, D]
  std::vector<float> log_densities_;  // [n]
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_WORKER_H_
