#include "server/batching/sample_job.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ebm::batching {

SampleJob::SampleJob(JobId id, SampleTask task, size_t dimension, SteadyTime submitted)
    : id_(id),
      dimension_(dimension),
      engine_draws_starts_(task.states.empty()),
      submitted_(submitted),
      task_(std::move(task)),
      steps_done_(task_.chains, task_.first_step),
      accepted_(task_.chains),
      progress_(task_.chains),
      ready_(task_.chains) {
  if (const std::optional<TraceWindow> window = TraceWindowOf(task_)) {
    traces_.emplace(*window, task_.chains, dimension_);
  }
  std::iota(ready_.begin(), ready_.end(), 0U);
}

bool SampleJob::IsFrameDue(uint32_t step) const {
  return IsLastStep(step) || (task_.frame_interval > 0 && step % task_.frame_interval == 0);
}

ChainEntry SampleJob::Entry(uint32_t chain) {
  const bool has_state = has_moved(chain) || !engine_draws_starts_;
  return {.settings = task_.settings.get(),
          .chain = chain,
          .step = steps_done_[chain],
          .progress = has_moved(chain) ? &progress_[chain] : nullptr,
          .state = has_state ? state_of(chain) : std::span<float>(),
          .free_coordinates = task_.free_coordinates};
}

std::span<float> SampleJob::state_of(uint32_t chain) {
  std::call_once(has_states_, [this] { task_.states.resize(task_.chains * dimension_); });
  return std::span(task_.states).subspan(chain * dimension_, dimension_);
}

void SampleJob::SaveStates(const Frame& frame) {
  const std::span<const float> states = frame.states;
  for (size_t row = 0; row < frame.chains.size(); ++row) {
    std::ranges::copy(states.subspan(row * dimension_, dimension_), state_of(frame.chains[row]).begin());
  }
}

SchedulerStats SampleJob::stats() const {
  return {.queued_requests = started() ? 0 : 1,
          .ready_chains = static_cast<int64_t>(ready_.size()),
          .running_chains = static_cast<int64_t>(running_),
          .parked_chains = static_cast<int64_t>(parked_)};
}

uint32_t SampleJob::TakeReady() {
  const uint32_t chain = ready_.front();
  ready_.pop_front();
  ++running_;
  return chain;
}

void SampleJob::MakeReady(std::span<const uint32_t> chains) {
  if (!ended_) ready_.insert(ready_.begin(), chains.begin(), chains.end());
}

bool SampleJob::TryStartOffer() {
  if (ended_ || !pending_.empty()) return false;
  ++offering_;
  return true;
}

void SampleJob::Park(Frame frame) {
  if (ended_) return;
  parked_ += frame.chains.size();
  pending_.push_back(std::move(frame));
}

Frame SampleJob::StartPendingOffer() {
  ++offering_;
  Frame frame = std::move(pending_.front());
  pending_.pop_front();
  parked_ -= frame.chains.size();
  return frame;
}

void SampleJob::EndOffer(OfferResult result, uint64_t resumes_at_start, Frame frame) {
  --offering_;
  if (result == OfferResult::kGone) End(absl::CancelledError("the reader is gone"));
  if (result != OfferResult::kFull || ended_) return;
  parked_ += frame.chains.size();
  pending_.push_front(std::move(frame));
  waits_for_reader_ = resumes_ == resumes_at_start;
}

void SampleJob::Resume() {
  ++resumes_;
  waits_for_reader_ = false;
}

void SampleJob::End(absl::Status why) {
  if (ended_) return;
  status_ = std::move(why);
  ended_ = true;
  ready_.clear();
  pending_.clear();
  parked_ = 0;
  waits_for_reader_ = false;
}

void SampleJob::Finish() {
  std::sort(diverged_.begin(), diverged_.end(), [](auto a, auto b) { return a.chain < b.chain; });
  const std::shared_ptr<ResultSink> sink = std::move(task_.sink);
  const uint64_t steps_before = uint64_t{task_.first_step} * task_.chains;
  sink->Finish({.status = std::move(status_),
                .chains_finished = chains_finished_,
                .diverged = std::move(diverged_),
                .chain_steps = std::accumulate(steps_done_.begin(), steps_done_.end(), uint64_t{0}) - steps_before,
                .accepted_steps = std::accumulate(accepted_.begin(), accepted_.end(), uint64_t{0}),
                .progress = std::move(progress_),
                .traces = std::move(traces_),
                .queue_wait = queue_wait()});
}

}  // namespace ebm::batching
