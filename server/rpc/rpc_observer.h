// The events that the RPC layer reports for metrics. server/observe implements the interface; tests count the calls.

#ifndef EBM_SERVER_RPC_RPC_OBSERVER_H_
#define EBM_SERVER_RPC_RPC_OBSERVER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace ebm::rpc {

// A method's labels in metrics. The set is closed: all methods that the server does not have are named "unknown".
struct RpcMethod {
  std::string type;     // "unary", "client_stream", "server_stream" or "bidi_stream"
  std::string service;  // "ebm.v1.InferenceService"
  std::string method;   // "Sample"

  friend bool operator==(const RpcMethod&, const RpcMethod&) = default;
};

// Receives the events of one method's calls. Threads: called concurrently from gRPC's threads and from workers. Must
// return quickly.
class MethodObserver {
 public:
  virtual ~MethodObserver() = default;

  virtual void Started() {}
  virtual void MessageReceived() {}
  virtual void MessageSent() {}
  // The status is about to be sent, or the call ends without one, as cancelled. Once for each call that has started.
  virtual void Handled(absl::StatusCode /*code*/, absl::Duration /*since_start*/) {}
};

class RpcObserver {
 public:
  virtual ~RpcObserver() = default;

  // Called once per method, before the first call. The RpcObserver owns the result.
  virtual MethodObserver* OfMethod(const RpcMethod& /*method*/) { return &no_op_; }

 private:
  MethodObserver no_op_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_RPC_OBSERVER_H_
