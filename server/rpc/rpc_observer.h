// What the RPC layer tells the outside about calls: implemented by server/observe, counted by tests.

#ifndef EBM_SERVER_RPC_RPC_OBSERVER_H_
#define EBM_SERVER_RPC_RPC_OBSERVER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ebm::rpc {

// A method as metrics name it. A small, closed set: methods that the server does not have are all called "unknown".
struct RpcMethod {
  std::string type;     // "unary", "client_stream", "server_stream" or "bidi_stream"
  std::string service;  // "ebm.v1.InferenceService"
  std::string method;   // "Sample"

  friend bool operator==(const RpcMethod&, const RpcMethod&) = default;
};

// Hears of the calls of one method. Threads: called from gRPC's threads and from workers at once. Must be quick.
class MethodObserver {
 public:
  virtual ~MethodObserver() = default;

  virtual void Started() {}
  virtual void MessageReceived() {}
  virtual void MessageSent() {}
  // code: "OK", "Canceled", "InvalidArgument", ...
  virtual void Handled(absl::string_view /*code*/, absl::Duration /*since_start*/) {}
};

class RpcObserver {
 public:
  virtual ~RpcObserver() = default;

  // Asked once for each method, before the first call. The answer belongs to the RpcObserver.
  virtual MethodObserver* OfMethod(const RpcMethod& /*method*/) { return &deaf_; }

 private:
  MethodObserver deaf_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_RPC_OBSERVER_H_
