// What calls of every protocol have in common.

#ifndef EBM_SERVER_INFERENCE_CALL_H_
#define EBM_SERVER_INFERENCE_CALL_H_

#include <cstdint>
#include <memory>

#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/inference/call_work.h"
#include "server/inference/caller_account.h"
#include "server/inference/open_calls.h"
#include "server/inference/stream_delivery.h"

namespace ebm::inference {

// What all calls of a server share. The objects are borrowed and outlive the calls.
struct CallParts {
  const batching::Clock* clock = nullptr;
  OpenCalls* open_calls = nullptr;
  StreamDelivery* delivery = nullptr;
};

// What a protocol knows of one call.
struct Caller {
  batching::SteadyTime deadline = batching::SteadyTime::InfiniteFuture();
  uint64_t message_bytes = 0;              // of the request, which the protocol keeps until the call is done
  std::shared_ptr<CallerAccount> account;  // null: callers are not told apart
  CallWork* work = nullptr;                // if set, is filled; borrowed until the call is done or refused
};

// What a call holds until it is done.
struct CallHold {
  batching::MemoryReservation memory;  // for what the call keeps besides its task (server/batching/task_memory.h)
  OpenCalls::Token open;
  CallerAccount::Use use;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CALL_H_
