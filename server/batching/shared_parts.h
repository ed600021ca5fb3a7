// The objects that all schedulers of a process share.

#ifndef EBM_SERVER_BATCHING_SHARED_PARTS_H_
#define EBM_SERVER_BATCHING_SHARED_PARTS_H_

#include "server/batching/batching_observer.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/queue_room.h"
#include "server/batching/wake_up.h"

namespace ebm::batching {

// All are set, borrowed, and outlive the schedulers.
struct SharedParts {
  const Clock* clock = nullptr;
  WakeUp* wake_up = nullptr;  // notified whenever there may be work
  BatchingObserver* observer = nullptr;
  MemoryBudget* memory = nullptr;
  QueueRoom* room = nullptr;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_SHARED_PARTS_H_
