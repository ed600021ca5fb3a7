// The calls of a ModelStreamInfer stream, and the stream's side that they answer to.
//
// A call is one request of the stream, from its arrival until its last response is written. It answers with any number
// of responses, one at a time.

#ifndef EBM_SERVER_RPC_OIP_STREAM_CALL_H_
#define EBM_SERVER_RPC_OIP_STREAM_CALL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// Threads: the methods may be called from any thread.
class StreamCall {
 public:
  virtual ~StreamCall() = default;

  enum class Written { kYes, kReaderGone };
  // The response that Responses::Send took has been written, or the reader is gone.
  virtual void WroteResponse(Written written) = 0;
  // The reader is gone: the call ends soon, with a last response that nobody reads.
  virtual void Cancel() = 0;
};

// Threads: safe from any thread. No method calls the call back.
class Responses {
 public:
  virtual ~Responses() = default;

  // Writes a response after those that were sent before. The call's WroteResponse follows. May throw std::bad_alloc,
  // and has then done nothing.
  virtual void Send(StreamCall* call, wire::ModelStreamInferResponse response) = 0;
  // Writes the call's last response, and then destroys the call. Does not throw: without memory for it, the stream is
  // cancelled.
  virtual void SendLast(StreamCall* call, wire::ModelStreamInferResponse response) = 0;
};

// The last response to a request that failed.
wire::ModelStreamInferResponse ErrorResponse(const absl::Status& why, const std::string& id);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_STREAM_CALL_H_
