#include "server/batching/worker_pool.h"

#include <algorithm>
#include <utility>

namespace ebm::batching {
namespace {

bool IsOf(const std::vector<std::shared_ptr<Lane>>& lanes, const ChainScheduler* scheduler) {
  return std::any_of(lanes.begin(), lanes.end(), [&](const auto& lane) { return lane->scheduler == scheduler; });
}

// Newcomers among `now` start where the least served of `before` stands.
std::vector<std::shared_ptr<Lane>> Welcome(const std::vector<std::shared_ptr<Lane>>& now,
                                           const std::vector<std::shared_ptr<Lane>>& before) {
  const auto least = std::min_element(before.begin(), before.end(),
                                      [](const auto& a, const auto& b) { return a->served < b->served; });
  if (least == before.end()) return now;
  for (const auto& lane : now) {
    if (std::find(before.begin(), before.end(), lane) == before.end()) lane->served = (*least)->served;
  }
  return now;
}

// Rounds for a stopped scheduler until nothing of it is left here; its lanes are gone then.
void LetGo(std::vector<std::shared_ptr<Lane>>& lanes, const ChainScheduler* scheduler) {
  const auto is_leaving = [&](const auto& lane) { return lane->scheduler == scheduler; };
  for (const auto& lane : lanes) {
    while (is_leaving(lane) && lane->worker->RunOnce()) {
    }
  }
  std::erase_if(lanes, is_leaving);
}

}  // namespace

bool ServeLeastServed(std::vector<std::shared_ptr<Lane>>& lanes, const Clock& clock) {
  std::stable_sort(lanes.begin(), lanes.end(), [](const auto& a, const auto& b) { return a->served < b->served; });
  for (const auto& lane : lanes) {
    const absl::Time start = clock.Now();
    if (!lane->worker->RunOnce()) continue;
    const absl::Duration before = lane->served;
    lane->served += clock.Now() - start;
    for (const auto& idle : lanes) {
      if (idle == lane) break;
      idle->served = before;
    }
    return true;
  }
  return false;
}

WorkerPool::WorkerPool(int threads, const Clock* clock) : clock_(clock) {
  for (int i = 0; i < threads; ++i) benches_.push_back(std::make_unique<Bench>());
  for (const auto& bench : benches_) bench->thread = std::thread([this, &bench] { Run(*bench); });
}

WorkerPool::~WorkerPool() {
  for (const auto& bench : benches_) {
    const MutexLock lock(&bench->mu);
    bench->closing = true;
    bench->changed = true;
  }
  doorbell_.Ring();
  for (const auto& bench : benches_) bench->thread.join();
}

void WorkerPool::Add(ChainScheduler* scheduler, std::vector<std::unique_ptr<Worker>> workers) {
  for (size_t i = 0; i < benches_.size(); ++i) {
    Bench& bench = *benches_[i];
    const MutexLock lock(&bench.mu);
    bench.lanes.push_back(std::make_shared<Lane>(Lane{scheduler, std::move(workers[i]), absl::ZeroDuration()}));
    bench.changed = true;
  }
  doorbell_.Ring();
}

void WorkerPool::Remove(ChainScheduler* scheduler) {
  for (const auto& bench : benches_) {
    const MutexLock lock(&bench->mu);
    bench->leaving.push_back(scheduler);
    bench->changed = true;
  }
  doorbell_.Ring();
  for (const auto& bench : benches_) {
    const MutexLock lock(&bench->mu);
    while (IsOf(bench->lanes, scheduler)) bench->lane_left.Wait(&bench->mu);
  }
}

void WorkerPool::Run(Bench& bench) {
  Lanes lanes;
  for (;;) {
    const uint64_t seen = doorbell_.rings();
    if (!Update(bench, lanes)) return;
    if (ServeLeastServed(lanes, *clock_)) continue;
    doorbell_.WaitAfter(seen, UntilNextDeadline(lanes));
  }
}

bool WorkerPool::Update(Bench& bench, Lanes& lanes) {
  std::vector<ChainScheduler*> leaving;
  {
    const MutexLock lock(&bench.mu);
    if (!bench.changed) return true;
    if (bench.closing) return false;
    bench.changed = false;
    leaving = std::exchange(bench.leaving, {});
    lanes = Welcome(bench.lanes, lanes);
  }
  for (const ChainScheduler* const scheduler : leaving) LetGo(lanes, scheduler);
  const MutexLock lock(&bench.mu);
  for (const ChainScheduler* const scheduler : leaving) {
    std::erase_if(bench.lanes, [&](const auto& lane) { return lane->scheduler == scheduler; });
  }
  bench.lane_left.NotifyAll();
  return true;
}

absl::Duration WorkerPool::UntilNextDeadline(const Lanes& lanes) const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& lane : lanes) next = std::min(next, lane->scheduler->NextDeadline());
  return next - clock_->Now();
}

}  // namespace ebm::batching
