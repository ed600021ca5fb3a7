// The part of ChainScheduler that workers call in their rounds.

#include <algorithm>
#include <utility>

#include "server/batching/scheduler.h"

namespace ebm::batching {

bool ChainScheduler::EndExpired() {
  MutexLock lock(&mu_);
  const SteadyTime now = clock_->Now();
  bool any = false;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const JobId id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    End(id, absl::DeadlineExceededError("the request's deadline has passed"));
    any = true;
  }
  return any;
}

WaitingJobs ChainScheduler::Waiting() const {
  MutexLock lock(&mu_);
  return chains_.Waiting();
}

void ChainScheduler::CountWorker() {
  MutexLock lock(&mu_);
  ++workers_;
}

size_t ChainScheduler::ShareOfWorker(size_t free, size_t occupied) const {
  const size_t all = running_ + chains_.CountReady(workers_ * (free + occupied));
  const size_t share = (all + workers_ - 1) / workers_;
  return share <= occupied ? 0 : std::min(free, share - occupied);
}

void ChainScheduler::LeaveSlots(SampleJob& job, size_t chains) {
  job.LeaveSlots(chains);
  running_ -= chains;
}

std::vector<ReadyChain> ChainScheduler::TakeReady(size_t free, size_t occupied) {
  std::vector<ReadyChain> taken;
  std::vector<absl::Duration> waits;
  {
    MutexLock lock(&mu_);
    const SteadyTime now = clock_->Now();
    taken = chains_.TakeReady(ShareOfWorker(free, occupied));
    running_ += taken.size();
    for (const auto& [job, chain] : taken) {
      if (job->started()) continue;
      job->Start(now);
      waits.push_back(job->queue_wait());
    }
  }
  for (const absl::Duration wait : waits) observer_->QueueWait(wait);
  return taken;
}

void ChainScheduler::Yield(const SampleJobPtr& job, uint32_t chain) {
  MutexLock lock(&mu_);
  LeaveSlots(*job, 1);
  job->MakeReady({&chain, 1});
  Update(job);
}

void ChainScheduler::Diverge(const SampleJobPtr& job, uint32_t chain) {
  observer_->ChainDiverged();
  MutexLock lock(&mu_);
  LeaveSlots(*job, 1);
  job->CountDiverged(chain);
  Update(job);
}

void ChainScheduler::Release(const SampleJobPtr& job) {
  MutexLock lock(&mu_);
  LeaveSlots(*job, 1);
  Update(job);
}

bool ChainScheduler::Offer(const SampleJobPtr& job, Frame frame) {
  const size_t chains = frame.chains.size();
  const bool last = frame.final_states;
  if (!StartOffer(job, frame)) return false;
  const OfferResult result = CallSink(*job, frame);
  const bool taken = result == OfferResult::kTaken;

  MutexLock lock(&mu_);
  job->EndOffer(result, std::move(frame));
  if (taken && last) job->CountFinished(chains);
  if (!taken || last) LeaveSlots(*job, chains);
  Update(job);
  return taken && !last;
}

bool ChainScheduler::StartOffer(const SampleJobPtr& job, Frame& frame) {
  MutexLock lock(&mu_);
  if (job->TryStartOffer()) return true;
  LeaveSlots(*job, frame.chains.size());
  job->Park(std::move(frame));
  Update(job);
  return false;
}

bool ChainScheduler::OfferPending() {
  std::vector<SampleJobPtr> jobs;
  {
    MutexLock lock(&mu_);
    jobs = chains_.TakeOutbox();
  }
  for (const SampleJobPtr& job : jobs) {
    while (OfferNextPending(job)) {
    }
  }
  return !jobs.empty();
}

bool ChainScheduler::OfferNextPending(const SampleJobPtr& job) {
  Frame frame;
  {
    MutexLock lock(&mu_);
    if (!job->deliverable()) return false;
    frame = job->StartPendingOffer();
  }
  const std::vector<uint32_t> chains = frame.chains;
  const bool last = frame.final_states;
  const OfferResult result = CallSink(*job, frame);
  const bool taken = result == OfferResult::kTaken;

  MutexLock lock(&mu_);
  job->EndOffer(result, std::move(frame));
  if (taken && last) job->CountFinished(chains.size());
  if (taken && !last) job->MakeReady(chains);
  Update(job);
  return taken;
}

OfferResult ChainScheduler::CallSink(SampleJob& job, Frame& frame) {
  const OfferResult result = job.OfferToSink(frame);
  if (result == OfferResult::kTaken && job.NoteFrameTaken()) observer_->FirstFrame(clock_->Now() - job.submitted());
  return result;
}

std::vector<RowSlice> ChainScheduler::TakeRows(size_t max_rows) {
  std::vector<RowSlice> slices;
  SteadyTime now;
  {
    MutexLock lock(&mu_);
    if (!rows_.HasWork()) return slices;
    now = clock_->Now();
    slices = rows_.Take(max_rows);
    if (rows_.HasWork()) wake_up_->NotifyOne();  // there are more rows than one tile: wake another worker
  }
  for (const RowSlice& slice : slices) {
    if (slice.first == 0) observer_->QueueWait(now - slice.job->submitted);
  }
  return slices;
}

void ChainScheduler::ReturnRows(const std::vector<RowSlice>& slices) {
  MutexLock lock(&mu_);
  for (const RowSlice& slice : slices) {
    slice.job->evaluated += slice.count;
    Update(slice.job);
  }
}

bool ChainScheduler::RunCompletions() {
  std::vector<std::function<void()>> completions;
  {
    MutexLock lock(&mu_);
    completions.swap(completions_);
  }
  if (completions.empty()) return false;
  for (const std::function<void()>& completion : completions) completion();
  const size_t finished = completions.size();
  completions.clear();  // releases the jobs and their memory

  MutexLock lock(&mu_);
  unfinished_ -= finished;
  if (unfinished_ == 0) idle_.NotifyAll();
  return true;
}

}  // namespace ebm::batching
