#include "server/inference/sample_stream.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/batching/task_memory.h"
#include "server/inference/call_events.h"

namespace ebm::inference {
namespace {

uint64_t DrawSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// The bytes that the given start states take until the scheduler has reserved the task's memory. States that are partly
// held are kept twice: scaled, and as they were given.
uint64_t BytesOfGivenStates(const SampleRequest& request, const ModelInfo& model) {
  if (!request.start_states.has_value()) return 0;
  const uint64_t copies = request.held_coordinates.has_value() ? 2 : 1;
  return copies * std::min(request.chains, model.limits.max_chains) * model.spec.dimension() * sizeof(float);
}

// What the call keeps besides its task: its message, the values of held coordinates, the frames that a slow reader has
// not taken, and the one that is being written.
uint64_t BytesOfCall(const SamplePlan& plan, const ModelInfo& model, const Caller& caller) {
  const auto most_chains = std::min<uint64_t>(plan.task.chains, static_cast<uint64_t>(model.slots));
  const uint64_t frame = most_chains * model.spec.dimension() * sizeof(float);
  const uint64_t held = sizeof(ChainSettings) + plan.held.free.size() + plan.held.given.size() * sizeof(float);
  return caller.message_bytes + held + FrameQueue::MostBytes(frame) + frame;
}

void NoteModel(const ModelInfo& model, CallWork* work) {
  if (work == nullptr) return;
  work->model = model.name;
  work->version = model.version;
}

void NoteChains(const batching::SampleTask& task, CallWork* work) {
  if (work == nullptr) return;
  work->chains = task.chains;
  work->steps = task.steps - task.first_step;
}

}  // namespace

absl::StatusOr<std::shared_ptr<SampleStream>> SampleStream::Start(const std::shared_ptr<Model>& model,
                                                                  const SampleRequest& request, const CallParts& parts,
                                                                  const Caller& caller, StreamWriter* writer) {
  absl::StatusOr<std::shared_ptr<SampleStream>> stream = Submit(model, request, parts, caller, writer);
  if (!stream.ok()) ReportRefused(stream.status(), model->observer());
  return stream;
}

absl::StatusOr<std::shared_ptr<SampleStream>> SampleStream::Submit(const std::shared_ptr<Model>& model,
                                                                   const SampleRequest& request, const CallParts& parts,
                                                                   const Caller& caller, StreamWriter* writer) {
  const ModelInfo& info = model->info();
  NoteModel(info, caller.work);
  batching::MemoryBudget& memory = model->scheduler().memory();
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation given,
                       memory.TryReserve(BytesOfGivenStates(request, info), "the start states"));
  EBM_ASSIGN_OR_RETURN(SamplePlan plan, PlanSample(request, *model, DrawSeed()));
  NoteChains(plan.task, caller.work);
  CallHold hold;
  EBM_ASSIGN_OR_RETURN(hold.memory, memory.TryReserve(BytesOfCall(plan, info, caller), "the request and its response"));
  EBM_ASSIGN_OR_RETURN(hold.open, parts.open_calls->Open());
  const uint64_t bytes = hold.memory.bytes() + batching::BytesHeld(plan.task, info.spec.dimension());
  EBM_ASSIGN_OR_RETURN(hold.use, TryUse(caller.account.get(), {.chains = plan.task.chains, .bytes = bytes}));

  batching::SampleTask task = std::move(plan.task);
  if (caller.account != nullptr) task.priority = std::min(task.priority, caller.account->highest_priority());
  const std::shared_ptr<SampleStream> stream(
      new SampleStream(model, std::move(plan), std::move(hold), parts, caller, writer));
  task.deadline = caller.deadline;
  task.sink = stream;
  EBM_RETURN_IF_ERROR(model->scheduler().Submit(stream->job_, std::move(task)));
  return stream;
}

SampleStream::SampleStream(std::shared_ptr<Model> model, SamplePlan plan, CallHold hold, const CallParts& parts,
                           const Caller& caller, StreamWriter* writer)
    : model_(std::move(model)),
      hold_(std::move(hold)),
      plan_(std::move(plan)),
      deadline_(caller.deadline),
      clock_(*parts.clock),
      accepted_(clock_.Now()),
      job_(model_->scheduler().NewJobId()),
      delivery_(*parts.delivery),
      writer_(*writer),
      work_(caller.work) {}

bool SampleStream::NeedsDelivery() {
  if (writing_ || closed_ || posted_) return false;
  posted_ = true;
  return true;
}

// Without memory to post the stream, this thread writes.
void SampleStream::Deliver() {
  const absl::Status posted = Guarded([this] {
    delivery_.Post(shared_from_this());
    return absl::OkStatus();
  });
  if (!posted.ok()) Advance();
}

batching::OfferResult SampleStream::Offer(batching::Frame& frame) {
  bool post = false;
  {
    batching::MutexLock lock(&mu_);
    if (gone_ || !lost_.ok()) return batching::OfferResult::kGone;
    if (!frames_.Push(frame)) {
      refused_ = true;
      return batching::OfferResult::kFull;
    }
    post = NeedsDelivery();
  }
  if (post) Deliver();
  return batching::OfferResult::kTaken;
}

// Makes the report at once, because the traces are much larger and a slow reader may take it late.
void SampleStream::Finish(batching::SampleSummary summary) {
  Ending ending{.status = summary.status, .report = {}};
  const absl::Duration total = clock_.Now() - accepted_;
  if (ending.status.ok()) {
    ending.status = Guarded([&] {
      ending.report = MakeReport(plan_, summary, total);
      return absl::OkStatus();
    });
  }
  NoteEnd(ending.status, summary.queue_wait, total);
  bool post = false;
  {
    batching::MutexLock lock(&mu_);
    ending_ = std::move(ending);
    post = NeedsDelivery();
  }
  if (post) Deliver();
}

// Before ending_ is set, which lets the protocol end the call and release the model.
void SampleStream::NoteEnd(const absl::Status& status, absl::Duration queued, absl::Duration total) {
  if (work_ != nullptr) {
    work_->queued = queued;
    work_->computed = total - queued;
  }
  if (!status.ok()) ReportBroken(status, model_->observer());
}

// The chains are resumed while writing_ is still set: no other thread can end the stream until then, and so the model
// is held.
void SampleStream::EndWrite() {
  bool resume = false;
  {
    batching::MutexLock lock(&mu_);
    resume = refused_ && frames_.HasAmpleRoom();
    if (resume) refused_ = false;
  }
  if (resume) model_->scheduler().Resume(job_);
  batching::MutexLock lock(&mu_);
  writing_ = false;
}

void SampleStream::WroteFrame(Written written) {
  if (written == Written::kReaderGone) DropFrames();
  EndWrite();
  Advance();
}

void SampleStream::Abandon() {
  DropFrames();
  Advance();
}

void SampleStream::DropFrames() {
  {
    batching::MutexLock lock(&mu_);
    gone_ = true;
    frames_.Clear();
  }
  // Protocols also cancel a call at its deadline; the status distinguishes the two.
  model_->scheduler().Cancel(job_, clock_.Now() < deadline_ ? absl::CancelledError("the caller is gone")
                                                            : absl::DeadlineExceededError("the deadline has passed"));
}

void SampleStream::Release() {
  model_.reset();
  hold_ = {};
}

// The stream ends with an error, also if its chains have finished well. They are cancelled first: while writing_ is
// set, no other thread can end the stream, and so the model is held.
void SampleStream::BreakOff(const absl::Status& why) {
  model_->scheduler().Cancel(job_, why);
  batching::MutexLock lock(&mu_);
  lost_ = why;
  writing_ = false;
  frames_.Clear();
}

SampleStream::Next SampleStream::TakeNext() {
  batching::MutexLock lock(&mu_);
  posted_ = false;
  if (writing_ || closed_) return {};
  const bool broken_off = !lost_.ok() || (ending_.has_value() && (gone_ || !ending_->status.ok()));
  if (!broken_off && !frames_.empty()) {
    writing_ = true;
    return frames_.Pop();
  }
  if (!ending_.has_value()) return {};
  closed_ = true;
  if (!broken_off) return *std::move(ending_);
  if (!lost_.ok()) return lost_;
  return ending_->status.ok() ? absl::CancelledError("the caller is gone") : ending_->status;
}

void SampleStream::Advance() {
  for (;;) {
    const Next next = TakeNext();
    if (const auto* ending = std::get_if<Ending>(&next)) return End(ending->report);
    if (const auto* status = std::get_if<absl::Status>(&next)) return writer_.Fail(*status);
    const auto* frame = std::get_if<batching::Frame>(&next);
    if (frame == nullptr || !Write(*frame)) return;
  }
}

bool SampleStream::Write(const batching::Frame& frame) {
  StreamWriter::Write write = StreamWriter::Write::kDone;
  const absl::Status status = Guarded([&] {
    write = writer_.WriteFrame(*this, frame);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    BreakOff(status);
  } else if (write == StreamWriter::Write::kDone) {
    EndWrite();
  }
  return !status.ok() || write == StreamWriter::Write::kDone;
}

void SampleStream::End(const SampleReport& report) {
  const absl::Status ended = Guarded([&] {
    writer_.End(*this, report);
    return absl::OkStatus();
  });
  if (!ended.ok()) writer_.Fail(ended);
}

}  // namespace ebm::inference
