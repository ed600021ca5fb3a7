// The memory that the engine holds for a request, at most, from its admission to its end. A scheduler reserves it
// before it admits the request; what the sender made for the task before (states, rows) is the sender's to reserve.
//
//   chain      its state and, if its reader is slow, one parked frame of it: 8 D bytes; its traces, if wanted:
//              4 draws + 48 D bytes (chain_traces.h); its step number, progress and place in the queues
//   row        its D inputs, K logits, up to three further results, and H hidden means, if wanted: 4 (D + K + H) + 12
//              bytes
//
// What the sender keeps besides (frames that its sink has taken, encoded messages) is the sender's to reserve.

#ifndef EBM_SERVER_BATCHING_TASK_MEMORY_H_
#define EBM_SERVER_BATCHING_TASK_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "server/batching/chain_engine.h"
#include "server/batching/task.h"

namespace ebm::batching {

// REQUIRES: the task's sizes are consistent, and its steps are enough for the traces that it wants.
uint64_t BytesHeld(const SampleTask& task, size_t dimension);
uint64_t BytesHeld(const RowTask& task, const RowShape& shape);

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_TASK_MEMORY_H_
