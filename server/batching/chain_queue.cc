#include "server/batching/chain_queue.h"

#include <utility>

namespace ebm::batching {
namespace {

uint64_t Stride(Priority priority) {
  switch (priority) {
    case Priority::kLow:
      return 16;
    case Priority::kNormal:
      return 4;
    case Priority::kHigh:
      return 1;
  }
  return 4;
}

}  // namespace

void ChainQueue::Add(const SampleJobPtr& job) {
  jobs_.emplace(job->id(), job);
  Place(job);
}

SampleJobPtr ChainQueue::Find(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

void ChainQueue::Remove(const SampleJobPtr& job) {
  stats_ -= std::exchange(job->counted, {});
  jobs_.erase(job->id());
}

void ChainQueue::Discard(const SampleJobPtr& job) {
  stats_ -= std::exchange(job->counted, {});
  ready_ -= std::exchange(job->counted_ready, 0);
  if (job->run_queue_position.has_value()) run_queue_.erase(*job->run_queue_position);
  job->run_queue_position.reset();
  jobs_.erase(job->id());
}

void ChainQueue::Recount(SampleJob& job) {
  stats_ -= job.counted;
  job.counted = job.stats();
  stats_ += job.counted;
  ready_ -= job.counted_ready;
  job.counted_ready = job.wants_slots() ? job.ready() : 0;
  ready_ += job.counted_ready;
}

void ChainQueue::Place(const SampleJobPtr& job) {
  Recount(*job);
  PlaceInRunQueue(job);
  if (job->deliverable()) outbox_.insert(job);
}

void ChainQueue::PlaceInRunQueue(const SampleJobPtr& job) {
  const bool is_queued = job->run_queue_position.has_value();
  const bool belongs = job->wants_slots();
  if (belongs && !is_queued) {
    job->run_queue_position = {now_ + Stride(job->priority()), ++joined_};
    run_queue_.emplace(*job->run_queue_position, job);
  } else if (!belongs && is_queued) {
    run_queue_.erase(*job->run_queue_position);
    job->run_queue_position.reset();
  }
}

WaitingJobs ChainQueue::Waiting() const {
  return {run_queue_.size(), run_queue_.empty() ? nullptr : run_queue_.begin()->second.get()};
}

std::optional<ReadyChain> ChainQueue::TakeReady(SteadyTime now) {
  if (run_queue_.empty()) return std::nullopt;
  const SampleJobPtr job = run_queue_.extract(run_queue_.begin()).mapped();
  now_ = job->run_queue_position->first;
  job->run_queue_position.reset();
  const bool first = !job->started();
  if (first) job->Start(now);
  const uint32_t chain = job->TakeReady();
  Recount(*job);
  PlaceInRunQueue(job);  // the job joins again if it has more ready chains
  return ReadyChain{job, chain, first ? std::optional(job->queue_wait()) : std::nullopt};
}

std::vector<SampleJobPtr> ChainQueue::TakeOutbox() {
  const auto jobs = std::exchange(outbox_, {});
  return {jobs.begin(), jobs.end()};
}

}  // namespace ebm::batching
