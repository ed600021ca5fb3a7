// What a call holds until it is done.

#ifndef EBM_SERVER_RPC_CALL_HOLD_H_
#define EBM_SERVER_RPC_CALL_HOLD_H_

#include "server/batching/memory_budget.h"
#include "server/rpc/open_calls.h"

namespace ebm::rpc {

struct CallHold {
  batching::MemoryReservation memory;  // for what the call keeps besides its task
  OpenCalls::Token open;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_HOLD_H_
