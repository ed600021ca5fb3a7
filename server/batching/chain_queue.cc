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

void ChainQueue::Place(const SampleJobPtr& job) {
  PlaceInRing(job);
  if (job->deliverable()) outbox_.insert(job);
}

void ChainQueue::PlaceInRing(const SampleJobPtr& job) {
  const bool in_ring = job->ring_place.has_value();
  const bool belongs = job->wants_slots();
  if (belongs && !in_ring) {
    job->ring_place = {now_ + Stride(job->priority()), ++joined_};
    ring_.emplace(*job->ring_place, job);
  } else if (!belongs && in_ring) {
    ring_.erase(*job->ring_place);
    job->ring_place.reset();
  }
}

WaitingJobs ChainQueue::Waiting() const {
  return {ring_.size(), ring_.empty() ? nullptr : ring_.begin()->second.get()};
}

size_t ChainQueue::CountReady(size_t enough) const {
  size_t count = 0;
  for (const auto& [place, job] : ring_) {
    count += job->ready();
    if (count >= enough) return enough;
  }
  return count;
}

std::vector<ReadyChain> ChainQueue::TakeReady(size_t slots) {
  std::vector<ReadyChain> taken;
  while (taken.size() < slots && !ring_.empty()) {
    const SampleJobPtr job = ring_.extract(ring_.begin()).mapped();
    now_ = job->ring_place->first;
    job->ring_place.reset();
    taken.push_back({job, job->TakeReady()});
    PlaceInRing(job);  // at the end, where it has more
  }
  return taken;
}

std::vector<SampleJobPtr> ChainQueue::TakeOutbox() {
  const auto jobs = std::exchange(outbox_, {});
  return {jobs.begin(), jobs.end()};
}

}  // namespace ebm::batching
