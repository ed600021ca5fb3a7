#include "server/batching/worker_pool.h"

#include <algorithm>
#include <utility>

#include "server/batching/time_slice.h"

namespace ebm::batching {
namespace {

bool Contains(const RunList& run_list, const ChainScheduler* scheduler) {
  return std::any_of(run_list.begin(), run_list.end(),
                     [&](const auto& entry) { return entry->scheduler == scheduler; });
}

// Returns `now`. Workers that are not in `before` start with the least `served` time of `before`.
RunList Admit(const RunList& now, const RunList& before) {
  const auto least = std::min_element(before.begin(), before.end(),
                                      [](const auto& a, const auto& b) { return a->served < b->served; });
  if (least == before.end()) return now;
  for (const auto& entry : now) {
    if (std::find(before.begin(), before.end(), entry) == before.end()) entry->served = (*least)->served;
  }
  return now;
}

// Runs rounds of a stopped scheduler's workers until they have released everything, and removes them from the list.
void Release(RunList& run_list, const ChainScheduler* scheduler) {
  const auto is_removed = [&](const auto& entry) { return entry->scheduler == scheduler; };
  for (const auto& entry : run_list) {
    while (is_removed(entry) && entry->worker->RunOnce()) {
    }
  }
  std::erase_if(run_list, is_removed);
}

}  // namespace

std::optional<absl::Duration> ServeLeastServed(RunList& run_list, const Clock& clock) {
  std::stable_sort(run_list.begin(), run_list.end(),
                   [](const auto& a, const auto& b) { return a->served < b->served; });
  for (const auto& entry : run_list) {
    const SteadyTime start = clock.Now();
    if (!entry->worker->RunOnce()) continue;
    const absl::Duration before = entry->served;
    const absl::Duration round = clock.Now() - start;
    entry->served += round;
    for (const auto& idle : run_list) {
      if (idle == entry) break;
      idle->served = before;
    }
    return round;
  }
  return std::nullopt;
}

WorkerPool::WorkerPool(int threads, const Clock* clock) : clock_(clock) {
  for (int i = 0; i < threads; ++i) threads_.push_back(std::make_unique<PoolThread>());
  try {
    for (const auto& pool_thread : threads_) {
      pool_thread->thread = std::thread([this, &pool_thread] { Run(*pool_thread); });
    }
  } catch (...) {  // the system has no more threads
    EndThreads();
    throw;
  }
}

WorkerPool::~WorkerPool() { EndThreads(); }

absl::Duration WorkerPool::BusyTime() const {
  absl::Duration busy;
  for (const auto& pool_thread : threads_) {
    busy += absl::Nanoseconds(pool_thread->busy_nanoseconds.load(std::memory_order_relaxed));
  }
  return busy;
}

void WorkerPool::EndThreads() {
  for (const auto& pool_thread : threads_) {
    const MutexLock lock(&pool_thread->mu);
    pool_thread->closing = true;
    pool_thread->changed = true;
  }
  wake_up_.NotifyAll();
  for (const auto& pool_thread : threads_) {
    if (pool_thread->thread.joinable()) pool_thread->thread.join();
  }
}

absl::Duration WorkerPool::LongestRound() const {
  const int64_t now = clock_->Now().NanosecondsSinceOrigin();
  int64_t longest = 0;
  for (const auto& pool_thread : threads_) {
    const int64_t start = pool_thread->round_start.load(std::memory_order_relaxed);
    if (start != kIdle) longest = std::max(longest, now - start);
  }
  return absl::Nanoseconds(longest);
}

void WorkerPool::Add(ChainScheduler* scheduler, std::vector<std::unique_ptr<Worker>> workers) {
  for (size_t i = 0; i < threads_.size(); ++i) {
    PoolThread& pool_thread = *threads_[i];
    const MutexLock lock(&pool_thread.mu);
    pool_thread.run_list.push_back(
        std::make_shared<ModelWorker>(ModelWorker{scheduler, std::move(workers[i]), absl::ZeroDuration()}));
    pool_thread.changed = true;
  }
  wake_up_.NotifyAll();
}

void WorkerPool::Remove(ChainScheduler* scheduler) {
  for (const auto& pool_thread : threads_) {
    const MutexLock lock(&pool_thread->mu);
    pool_thread->to_remove.push_back(scheduler);
    pool_thread->changed = true;
  }
  wake_up_.NotifyAll();
  for (const auto& pool_thread : threads_) {
    const MutexLock lock(&pool_thread->mu);
    while (Contains(pool_thread->run_list, scheduler)) pool_thread->worker_removed.Wait(&pool_thread->mu);
  }
}

void WorkerPool::Run(PoolThread& pool_thread) {
  SetTimeSlice(kLongTimeSlice);  // other threads of the server run as soon as they wake up
  RunList run_list;
  for (;;) {
    const uint64_t seen = wake_up_.count();
    if (!Update(pool_thread, run_list)) return;
    pool_thread.round_start.store(clock_->Now().NanosecondsSinceOrigin(), std::memory_order_relaxed);
    const std::optional<absl::Duration> round = ServeLeastServed(run_list, *clock_);
    pool_thread.round_start.store(kIdle, std::memory_order_relaxed);
    if (round.has_value()) {
      std::atomic<int64_t>& busy = pool_thread.busy_nanoseconds;
      busy.store(busy.load(std::memory_order_relaxed) + absl::ToInt64Nanoseconds(*round), std::memory_order_relaxed);
      continue;
    }
    wake_up_.WaitAfter(seen, UntilNextDeadline(run_list));
  }
}

bool WorkerPool::Update(PoolThread& pool_thread, RunList& run_list) {
  std::vector<ChainScheduler*> to_remove;
  {
    if (!pool_thread.changed) return true;
    const MutexLock lock(&pool_thread.mu);
    if (pool_thread.closing) return false;
    pool_thread.changed = false;
    to_remove = std::exchange(pool_thread.to_remove, {});
    run_list = Admit(pool_thread.run_list, run_list);
  }
  for (const ChainScheduler* const scheduler : to_remove) Release(run_list, scheduler);
  const MutexLock lock(&pool_thread.mu);
  for (const ChainScheduler* const scheduler : to_remove) {
    std::erase_if(pool_thread.run_list, [&](const auto& entry) { return entry->scheduler == scheduler; });
  }
  pool_thread.worker_removed.NotifyAll();
  return true;
}

absl::Duration WorkerPool::UntilNextDeadline(const RunList& run_list) const {
  SteadyTime next = SteadyTime::InfiniteFuture();
  for (const auto& entry : run_list) next = std::min(next, entry->scheduler->NextDeadline());
  return next - clock_->Now();
}

}  // namespace ebm::batching
