// The reactor of one ModelStreamInfer call: reads requests, runs them at the same time, and writes their responses one
// after the other. An error of a request is a response. The call ends when the client has sent its last request and all
// are answered, or when it is cancelled.
//
// A call waits for its response to be written before it sends the next, so a slow reader stops the calls of its own
// stream only. While kMostCalls of them are open, no further request is read.
//
// Lifetime: the reactor deletes itself in OnDone. Calls use it until their last response is written, and it finishes
// only after that.

#ifndef EBM_SERVER_RPC_OIP_STREAM_REACTOR_H_
#define EBM_SERVER_RPC_OIP_STREAM_REACTOR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/catalog/catalog.h"
#include "server/inference/call.h"
#include "server/inference/open_calls.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/stream_call.h"
#include "server/rpc/oip/target.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

class StreamReactor final : public grpc::ServerBidiReactor<wire::ModelInferRequest, wire::ModelStreamInferResponse>,
                            private Responses {
 public:
  static constexpr size_t kMostCalls = 64;

  // What is borrowed outlives the reactor. open: counts the stream.
  struct Parts {
    const catalog::Catalog* catalog;
    const CallGate* gate;
    inference::CallParts parts;
    Statistics* statistics;
  };
  StreamReactor(grpc::CallbackServerContext* context, const Parts& parts, inference::OpenCalls::Token open);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Message {
    wire::ModelStreamInferResponse response;
    std::shared_ptr<StreamCall> call;
    enum class Position { kMiddle, kLast } position = Position::kMiddle;  // among those of the call
  };
  using Position = Message::Position;

  void StartCall();
  void StartRows(const Target& target, const inference::Caller& caller);
  void StartSamples(const Target& target, const inference::Caller& caller);
  // Answers the request with an error.
  void Refuse(const absl::Status& why);
  // Holds the call until its last response is written.
  void Open(const std::shared_ptr<StreamCall>& call) ABSL_LOCKS_EXCLUDED(mu_);
  bool IsCancelled() const ABSL_LOCKS_EXCLUDED(mu_);
  // The open call after this one, in the order of calls_; null at the end.
  std::shared_ptr<StreamCall> CallAfter(StreamCall* call) const ABSL_LOCKS_EXCLUDED(mu_);

  void Send(StreamCall* call, wire::ModelStreamInferResponse response) override;
  void SendLast(StreamCall* call, wire::ModelStreamInferResponse response) override;
  void Write(StreamCall* call, wire::ModelStreamInferResponse response, Position position) ABSL_LOCKS_EXCLUDED(mu_);
  void ReadNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FinishIfDone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  grpc::CallbackServerContext& context_;
  const catalog::Catalog& catalog_;
  const CallGate& gate_;
  const inference::CallParts parts_;
  Statistics& statistics_;
  const inference::OpenCalls::Token open_;
  wire::ModelInferRequest request_;  // the one that is being read or started

  mutable absl::Mutex mu_;
  std::map<StreamCall*, std::shared_ptr<StreamCall>> calls_ ABSL_GUARDED_BY(mu_);
  std::deque<Message> unwritten_ ABSL_GUARDED_BY(mu_);  // the first one is being written
  enum class Reading { kYes, kPaused, kEnded } reading_ ABSL_GUARDED_BY(mu_) = Reading::kYes;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_STREAM_REACTOR_H_
