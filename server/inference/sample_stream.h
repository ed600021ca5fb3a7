// The state machine of one sample stream: the sink of its chains, and the messages to its reader.
//
// Workers push frames into a small queue, and hand the stream over to be written (stream_delivery.h). One message at a
// time is given to the protocol's writer. When the queue is full, Offer returns kFull and the chains are parked; when
// the queue has room again, the stream resumes them. The stream ends only after the scheduler has called Finish:
//
//   all chains ended           the queued frames, then the report
//   deadline, server stopping  no more frames; the scheduler's status
//   caller gone                the job is cancelled; its Finish ends the stream
//
// Threads: workers call Offer and Finish, the protocol WroteFrame and Abandon, the delivery's threads Advance, possibly
// concurrently. Under mu_ a thread only decides the next action: to write a frame (then no other is written until this
// one has been) or to end the stream. It acts after unlocking, so neither the writer nor the scheduler is ever called
// under mu_.
//
// Lifetime: the stream is shared by the protocol and the scheduler. Once the protocol has released it (Release), it
// holds no model and does not use its writer.

#ifndef EBM_SERVER_INFERENCE_SAMPLE_STREAM_H_
#define EBM_SERVER_INFERENCE_SAMPLE_STREAM_H_

#include <memory>
#include <optional>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"
#include "server/batching/result_sink.h"
#include "server/batching/scheduler.h"
#include "server/inference/call.h"
#include "server/inference/call_work.h"
#include "server/inference/frame_queue.h"
#include "server/inference/model.h"
#include "server/inference/sample_plan.h"
#include "server/inference/sample_report.h"
#include "server/inference/sample_request.h"
#include "server/inference/stream_delivery.h"

namespace ebm::inference {

class SampleStream;

// The protocol's side of a stream. Its methods return at once. They are called from threads of the delivery and of the
// protocol (and, without memory to post a stream, from workers), one at a time, but for a WriteFrame that has started
// to write: the next call may come before it has returned, so it must not touch its members after that. A frame is
// valid during the call. Fail must not throw.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;

  enum class Write { kDone, kStarted };
  // Writes a frame, or starts to: then stream.WroteFrame must follow once, from outside of this method. If it throws,
  // nothing was started.
  virtual Write WriteFrame(SampleStream& stream, const batching::Frame& frame) = 0;
  // Ends the stream, with the report or with an error. The last call of one of these methods, unless End throws: then
  // Fail follows.
  virtual void End(SampleStream& stream, const SampleReport& report) = 0;
  virtual void Fail(const absl::Status& why) = 0;
};

class SampleStream final : public batching::ResultSink, public std::enable_shared_from_this<SampleStream> {
 public:
  // Checks the request and submits its chains. The request's tensors are read before the function returns. writer is
  // borrowed until End or Fail; it may be called before the function returns. Errors, before anything is written: those
  // of PlanSample and of ChainScheduler::Submit.
  static absl::StatusOr<std::shared_ptr<SampleStream>> Start(const std::shared_ptr<Model>& model,
                                                             const SampleRequest& request, const CallParts& parts,
                                                             const Caller& caller, StreamWriter* writer);

  const SamplePlan& plan() const { return plan_; }
  const ModelInfo& model() const { return model_->info(); }  // until Release

  // For workers.
  batching::OfferResult Offer(batching::Frame& frame) override;
  void Finish(batching::SampleSummary summary) override;

  // For the delivery: performs what there is to do. Afterwards the protocol may have released the stream.
  void Advance() ABSL_LOCKS_EXCLUDED(mu_);

  // For the protocol. The frame has been written, or could not be because the reader is gone.
  enum class Written { kYes, kReaderGone };
  void WroteFrame(Written written);
  // The reader is gone: drops the queued frames, cancels the chains, and ends the stream soon.
  void Abandon();
  // After End or Fail, and after WroteFrame and Abandon have returned. The scheduler's reference to the stream may last
  // longer, and must not own a model.
  void Release();

 private:
  struct Ending {
    absl::Status status;
    SampleReport report;  // if the status is OK
  };
  // The stream's next action: nothing yet, write a frame, end with a report, or end with an error.
  using Next = std::variant<std::monostate, batching::Frame, Ending, absl::Status>;

  static absl::StatusOr<std::shared_ptr<SampleStream>> Submit(const std::shared_ptr<Model>& model,
                                                              const SampleRequest& request, const CallParts& parts,
                                                              const Caller& caller, StreamWriter* writer);
  SampleStream(std::shared_ptr<Model> model, SamplePlan plan, CallHold hold, const CallParts& parts,
               const Caller& caller, StreamWriter* writer);

  Next TakeNext() ABSL_LOCKS_EXCLUDED(mu_);
  // Writes a frame that TakeNext returned. True if the next action can be taken at once.
  bool Write(const batching::Frame& frame) ABSL_LOCKS_EXCLUDED(mu_);
  void EndWrite() ABSL_LOCKS_EXCLUDED(mu_);
  void End(const SampleReport& report);
  void NoteEnd(const absl::Status& status, absl::Duration queued, absl::Duration total);
  // Has Advance called.
  void Deliver();
  // True if the stream should be posted: nobody is about to take its next action.
  bool NeedsDelivery() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void DropFrames() ABSL_LOCKS_EXCLUDED(mu_);
  void BreakOff(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);

  std::shared_ptr<Model> model_;  // null after Release
  CallHold hold_;                 // empty after Release
  const SamplePlan plan_;
  const batching::SteadyTime deadline_;
  const batching::Clock& clock_;
  const batching::SteadyTime accepted_;
  const batching::JobId job_;
  StreamDelivery& delivery_;
  StreamWriter& writer_;
  CallWork* const work_;  // null if nobody wants to know; not used after Finish

  batching::Mutex mu_;
  FrameQueue frames_ ABSL_GUARDED_BY(mu_);
  std::optional<Ending> ending_ ABSL_GUARDED_BY(mu_);  // set by Finish
  bool refused_ ABSL_GUARDED_BY(mu_) = false;          // an offered frame did not fit
  bool posted_ ABSL_GUARDED_BY(mu_) = false;           // Advance will be called by the delivery
  bool writing_ ABSL_GUARDED_BY(mu_) = false;          // a frame is being written
  bool gone_ ABSL_GUARDED_BY(mu_) = false;             // the reader is gone
  absl::Status lost_ ABSL_GUARDED_BY(mu_);             // why a frame was lost; OK: none was
  bool closed_ ABSL_GUARDED_BY(mu_) = false;           // TakeNext has returned the stream's end
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_SAMPLE_STREAM_H_
