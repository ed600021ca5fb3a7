// How many chains and rows may be queued or running, in all schedulers of a process together.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_BATCHING_QUEUE_ROOM_H_
#define EBM_SERVER_BATCHING_QUEUE_ROOM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace ebm::batching {

struct QueueLimits {
  uint32_t max_queued_chains = 65536;  // of all Sample requests that are not done, including chains in slots
  uint32_t max_queued_rows = 16384;    // of all Classify and Score requests that are not done
};

// Whether the error is that of a full queue, and not of another lack.
bool IsQueueFull(const absl::Status& error);

class QueueRoom {
 public:
  explicit QueueRoom(const QueueLimits& limits = {}) : limits_(limits) {}
  QueueRoom(const QueueRoom&) = delete;
  QueueRoom& operator=(const QueueRoom&) = delete;

  // Counts the chains or rows of a request until they leave. ResourceExhausted, stating the limit, if there is no
  // room; IsQueueFull tells it from others.
  absl::Status EnterChains(size_t chains);
  absl::Status EnterRows(size_t rows);
  void LeaveChains(size_t chains) { chains_ -= chains; }
  void LeaveRows(size_t rows) { rows_ -= rows; }

 private:
  const QueueLimits limits_;
  std::atomic<size_t> chains_ = 0;
  std::atomic<size_t> rows_ = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_QUEUE_ROOM_H_
