// The reactor of one Sample call: the sink of its chains, and the gRPC stream to its reader.
//
// Workers push frames into a small queue; one message at a time is written to the stream. When the queue is full, Offer
// returns kFull and the chains are parked; when the queue has room again, the reactor resumes them. The call ends only
// after the scheduler has called Finish:
//
//   all chains ended           the queued frames, then the summary, then OK
//   deadline, server stopping  no more frames; the scheduler's status
//   caller gone                the job is cancelled; its Finish closes the call
//
// Threads: workers call Offer and Finish, gRPC calls the On... methods, possibly concurrently. Under mu_ a thread only
// decides the next action: to write a message (then it owns response_ until OnWriteDone) or to end the stream. It acts
// after unlocking, so neither gRPC nor the scheduler is ever called under mu_.
//
// Lifetime: the object lives until gRPC and the scheduler have both released it. After OnDone it holds no model.

#ifndef EBM_SERVER_RPC_SAMPLE_REACTOR_H_
#define EBM_SERVER_RPC_SAMPLE_REACTOR_H_

#include <memory>
#include <optional>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "ebm/v1/inference.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/batching/clock.h"
#include "server/batching/result_sink.h"
#include "server/batching/scheduler.h"
#include "server/catalog/running_model.h"
#include "server/rpc/call_hold.h"
#include "server/rpc/frame_queue.h"
#include "server/rpc/sample_request.h"

namespace ebm::rpc {

class SampleReactor final : public grpc::ServerWriteReactor<v1::SampleResponse>, public batching::ResultSink {
 public:
  // Submits the chains and returns the reactor to be returned to gRPC. clock is borrowed and outlives the call.
  static SampleReactor* Start(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, CallHold hold,
                              batching::SteadyTime deadline, const batching::Clock* clock);

  batching::OfferResult Offer(batching::Frame& frame) override;
  void Finish(batching::SampleSummary summary) override;  // ResultSink's; hides ServerWriteReactor::Finish

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Stream = grpc::ServerWriteReactor<v1::SampleResponse>;
  struct Ending {
    absl::Status status;
    v1::SampleSummary summary;  // if the status is OK
  };
  // The stream's next action: nothing yet, write a frame, write the summary and end, or end with a status.
  using Next = std::variant<std::monostate, batching::Frame, Ending, absl::Status>;

  SampleReactor(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, CallHold hold,
                batching::SteadyTime deadline, const batching::Clock* clock);

  Next TakeNext() ABSL_LOCKS_EXCLUDED(mu_);
  // Takes the next action and performs it. A caller must not use the stream afterwards.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);
  // The reader is gone: drops the queued frames and cancels the chains.
  void Abandon() ABSL_LOCKS_EXCLUDED(mu_);
  void BreakOff(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);

  std::shared_ptr<catalog::RunningModel> model_;  // null after OnDone
  CallHold hold_;                                 // empty if the call was refused, and after OnDone
  std::shared_ptr<SampleReactor> self_;           // gRPC's reference; null after OnDone
  ResolvedSample sample_;
  const batching::SteadyTime deadline_;
  const batching::Clock& clock_;
  const batching::SteadyTime admitted_;
  const batching::JobId job_;
  v1::SampleResponse response_;  // the message being written

  absl::Mutex mu_;
  FrameQueue frames_ ABSL_GUARDED_BY(mu_);
  std::optional<Ending> ending_ ABSL_GUARDED_BY(mu_);  // set by Finish
  bool refused_ ABSL_GUARDED_BY(mu_) = false;          // an offered frame did not fit
  bool writing_ ABSL_GUARDED_BY(mu_) = false;          // a message is being written
  bool gone_ ABSL_GUARDED_BY(mu_) = false;             // the reader is gone
  bool closed_ ABSL_GUARDED_BY(mu_) = false;           // TakeNext has returned the stream's end
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_REACTOR_H_
