// How many calls gRPC has counted itself.
//
// Interceptors see a call once a method runs. gRPC refuses others before: with a message that is too large, of an
// unknown method, with a wrong header. Its own statistics (channelz) count all of them.
//
// Threads: reentrant.

#ifndef EBM_SERVER_RPC_CALL_COUNTS_H_
#define EBM_SERVER_RPC_CALL_COUNTS_H_

#include <cstdint>

namespace ebm::rpc {

struct CallCounts {
  int64_t started = 0;
  int64_t failed = 0;  // ended without a status from the server: cancelled, or refused by gRPC
};

// Adds up the counts of all gRPC servers in this process.
CallCounts CountCalls();

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_COUNTS_H_
