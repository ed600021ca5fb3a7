#include "server/rpc/sample_reactor.h"

#include <utility>

#include "model/core/guarded.h"
#include "server/rpc/sample_messages.h"
#include "server/rpc/status.h"

namespace ebm::rpc {

SampleReactor* SampleReactor::Start(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, CallHold hold,
                                    batching::SteadyTime deadline, const batching::Clock* clock) {
  batching::SampleTask task = std::move(sample.task);
  std::shared_ptr<SampleReactor> reactor(
      new SampleReactor(std::move(model), std::move(sample), std::move(hold), deadline, clock));
  reactor->self_ = reactor;
  task.deadline = deadline;
  task.sink = reactor;
  const absl::Status submitted = reactor->model_->scheduler().Submit(reactor->job_, std::move(task));
  if (!submitted.ok()) {
    reactor->hold_ = {};  // a drain does not wait for what it refuses
    reactor->Finish({.status = submitted});
  }
  return reactor.get();
}

SampleReactor::SampleReactor(std::shared_ptr<catalog::RunningModel> model, ResolvedSample sample, CallHold hold,
                             batching::SteadyTime deadline, const batching::Clock* clock)
    : model_(std::move(model)),
      hold_(std::move(hold)),
      sample_(std::move(sample)),
      deadline_(deadline),
      clock_(*clock),
      admitted_(clock_.Now()),
      job_(model_->scheduler().NewJobId()) {}

batching::OfferResult SampleReactor::Offer(batching::Frame& frame) {
  {
    absl::MutexLock lock(&mu_);
    if (gone_) return batching::OfferResult::kGone;
    if (!frames_.Push(frame)) {
      refused_ = true;
      return batching::OfferResult::kFull;
    }
  }
  Advance();
  return batching::OfferResult::kTaken;
}

// Encodes the summary at once, because the traces are much larger and a slow reader may take it late.
void SampleReactor::Finish(batching::SampleSummary summary) {
  Ending ending{.status = summary.status, .summary = {}};
  if (ending.status.ok()) {
    ending.status = Guarded([&] {
      ending.summary = EncodeSummary(model_->model(), sample_, summary, clock_.Now() - admitted_);
      return absl::OkStatus();
    });
  }
  {
    absl::MutexLock lock(&mu_);
    ending_ = std::move(ending);
  }
  Advance();
}

void SampleReactor::OnWriteDone(bool ok) {
  bool resume = false;
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    resume = refused_ && frames_.HasAmpleRoom();
    if (resume) refused_ = false;
  }
  if (!ok) Abandon();
  if (resume) model_->scheduler().Resume(job_);
  Advance();
}

void SampleReactor::OnCancel() {
  Abandon();
  Advance();
}

void SampleReactor::Abandon() {
  {
    absl::MutexLock lock(&mu_);
    gone_ = true;
    frames_.Clear();
  }
  // gRPC also cancels a call at its deadline; the status distinguishes the two.
  model_->scheduler().Cancel(job_, clock_.Now() < deadline_ ? absl::CancelledError("the caller is gone")
                                                            : absl::DeadlineExceededError("the deadline has passed"));
}

// The scheduler's reference to the sink may outlive this call, and must not own a model (running_model.h).
void SampleReactor::OnDone() {
  model_.reset();
  hold_ = {};
  const std::shared_ptr<SampleReactor> last_reference = std::move(self_);
}

// A frame is lost, so the stream ends with an error, also if its chains have finished well.
void SampleReactor::BreakOff(const absl::Status& why) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    frames_.Clear();
    if (ending_.has_value()) ending_->status = why;
  }
  model_->scheduler().Cancel(job_, why);
  Advance();
}

SampleReactor::Next SampleReactor::TakeNext() {
  absl::MutexLock lock(&mu_);
  if (writing_ || closed_) return {};
  const bool broken_off = ending_.has_value() && (gone_ || !ending_->status.ok());
  if (!broken_off && !frames_.empty()) {
    writing_ = true;
    return frames_.Pop();
  }
  if (!ending_.has_value()) return {};
  closed_ = true;
  if (!broken_off) return *std::move(ending_);
  return ending_->status.ok() ? absl::CancelledError("the caller is gone") : ending_->status;
}

void SampleReactor::Advance() {
  Next next = TakeNext();
  if (const auto* frame = std::get_if<batching::Frame>(&next)) {
    const absl::Status encoded = Guarded([&] {
      *response_.mutable_frame() = EncodeFrame(model_->model(), sample_, *frame);
      return absl::OkStatus();
    });
    if (!encoded.ok()) return BreakOff(encoded);
    StartWrite(&response_);
  } else if (auto* ending = std::get_if<Ending>(&next)) {
    *response_.mutable_summary() = std::move(ending->summary);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  } else if (const auto* status = std::get_if<absl::Status>(&next)) {
    Stream::Finish(ToGrpcStatus(*status));
  }
}

}  // namespace ebm::rpc
