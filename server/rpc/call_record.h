// What the log says of one call. server/observe implements CallLog; tests keep the records.
//
// The server's interceptor makes a record for every call that gRPC hands to a method, of all protocols, health,
// reflection and unknown methods included, fills what all calls have, and logs it once the call is over. A protocol has
// nothing to do for it: CallGate (call_gate.h) has server/inference fill `work`.

#ifndef EBM_SERVER_RPC_CALL_RECORD_H_
#define EBM_SERVER_RPC_CALL_RECORD_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/inference/call_work.h"
#include "server/rpc/trace_context.h"

namespace ebm::rpc {

struct CallRecord {
  std::string request_id;
  std::optional<TraceContext> trace;
  std::string method;      // as called: "/ebm.v1.InferenceService/Sample"; of an unknown method any text
  std::string token_name;  // of the caller's token, for access control to fill; empty: none
  inference::CallWork work;

  // Set when the call's status is sent.
  std::string peer;  // "ipv4:10.1.2.3:50312"
  absl::StatusCode code = absl::StatusCode::kCancelled;
  std::string error;  // the status' message
  // Set when the call is over.
  absl::Duration total;  // since it started
};

// Threads: called concurrently from gRPC's threads and from workers.
class CallLog {
 public:
  virtual ~CallLog() = default;

  // Whether calls that end with this code are to be logged. Peers and messages of others are not even asked for.
  virtual bool Wants(absl::StatusCode /*code*/) { return false; }
  // A call that is wanted is over.
  virtual void Ended(const CallRecord& /*call*/) {}
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_RECORD_H_
