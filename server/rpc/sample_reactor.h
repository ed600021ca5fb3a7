// One Sample call: the sink of its chains on one side, a gRPC stream on the other.
//
// Workers push frames into a small queue; one message at a time is on its way to the reader. When the queue is full,
// Offer says so and the chains park; when the reader has made room, the reactor resumes them. The call always ends
// after the scheduler's last word:
//
//   all chains ended           the queued frames, then the summary, then OK
//   deadline, server stopping  no more frames; the scheduler's status
//   caller gone                the job is cancelled; its end closes the call
//
// Threads. Offer and Finish come from workers, the On... reactions from gRPC, all at once if they like. Under mu_ a
// thread only decides what comes next: a write (then it owns response_ until OnWriteDone) or the end. It acts after
// unlocking, so neither gRPC nor the scheduler is ever called under mu_.
//
// Life. The object lives until gRPC is done with it and the scheduler has let go of it, whichever is later. After
// OnDone it holds no model.

#ifndef EBM_SERVER_RPC_SAMPLE_REACTOR_H_
#define EBM_SERVER_RPC_SAMPLE_REACTOR_H_

#include <memory>
#include <optional>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ebm/v1/inference.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/batching/clock.h"
#include "server/batching/result_sink.h"
#include "server/batching/scheduler.h"
#include "server/catalog/running_model.h"
#include "server/rpc/frame_queue.h"
#include "server/rpc/sample_request.h"

namespace ebm::rpc {

class SampleReactor final : public grpc::ServerWriteReactor<v1::SampleResponse>, public batching::ResultSink {
 public:
  // Submits the chains and returns the reactor to be returned to gRPC. clock is borrowed and outlives the call.
  static SampleReactor* Start(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, absl::Time deadline,
                              const batching::Clock* clock);

  batching::OfferResult Offer(batching::Frame& frame) override;
  void Finish(batching::SampleSummary summary) override;  // of the chains; hides the stream's

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  using Stream = grpc::ServerWriteReactor<v1::SampleResponse>;
  struct Ending {
    absl::Status status;
    v1::SampleSummary summary;  // where the status is OK
  };
  // What comes next on the stream: nothing yet, a frame, the summary, or only a status.
  using Next = std::variant<std::monostate, batching::Frame, Ending, absl::Status>;

  SampleReactor(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, absl::Time deadline,
                const batching::Clock* clock);

  Next TakeNext() ABSL_LOCKS_EXCLUDED(mu_);
  // Takes and does what comes next. The last thing that a caller may do with the stream.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);
  // The reader has gone: drops what is queued and ends the chains.
  void Abandon() ABSL_LOCKS_EXCLUDED(mu_);

  std::shared_ptr<catalog::RunningModel> model_;  // null after OnDone
  std::shared_ptr<SampleReactor> self_;           // gRPC's share; null after OnDone
  ResolvedSample sample_;
  const absl::Time deadline_;
  const batching::Clock& clock_;
  const absl::Time admitted_;
  const batching::JobId job_;
  v1::SampleResponse response_;  // the message on its way

  absl::Mutex mu_;
  FrameQueue frames_ ABSL_GUARDED_BY(mu_);
  std::optional<Ending> ending_ ABSL_GUARDED_BY(mu_);  // the scheduler's last word
  bool refused_ ABSL_GUARDED_BY(mu_) = false;          // a frame waits for room
  bool writing_ ABSL_GUARDED_BY(mu_) = false;          // a message is on its way
  bool gone_ ABSL_GUARDED_BY(mu_) = false;             // nobody reads any more
  bool closed_ ABSL_GUARDED_BY(mu_) = false;           // the stream's end has been taken
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SAMPLE_REACTOR_H_
