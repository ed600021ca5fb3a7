#include "server/batching/row_queue.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace ebm::batching {

RowJob::RowJob(JobId job_id, RowTask row_task, size_t row_count, SteadyTime now)
    : id(job_id), rows(row_count), submitted(now), task(std::move(row_task)) {}

RowResult ResultFor(const RowTask& task, const RowShape& shape, size_t rows) {
  RowResult result;
  result.logits.resize(rows * shape.num_classes);
  result.log_density.resize(rows);
  if (task.wants_gradient_norm) result.gradient_norm.resize(rows);
  if (task.wants_log_ratio) result.log_ratio.resize(rows);
  if (task.wants_hidden_means) result.hidden_means.resize(rows * shape.hidden_units);
  return result;
}

void RowJob::MakeRoomForResult(const RowShape& shape) {
  std::call_once(has_room_, [this, &shape] { result = ResultFor(task, shape, rows); });
}

void RowJob::Finish() {
  const auto done = std::exchange(task.done, nullptr);
  status.ok() ? done(std::move(result)) : done(std::move(status));
}

void RowQueue::Add(const RowJobPtr& job) {
  jobs_.emplace(job->id, job);
  try {
    Join(job);
  } catch (...) {
    jobs_.erase(job->id);
    throw;
  }
  waiting_rows_ += job->rows;
  ++untouched_jobs_;
}

void RowQueue::Join(const RowJobPtr& job) {
  job->turn = ++joined_;
  waiting_[KindOf(job->task)].emplace(job->turn, job);
}

RowJobPtr RowQueue::Find(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

RowQueue::Turns& RowQueue::NextKind() {
  return *std::ranges::min_element(waiting_, {}, [](const Turns& turns) {
    return turns.empty() ? std::numeric_limits<uint64_t>::max() : turns.begin()->first;
  });
}

std::vector<RowSlice> RowQueue::Take(size_t max_rows) {
  std::vector<RowSlice> tile;
  Turns& turns = NextKind();
  size_t room = max_rows;
  while (room > 0 && !turns.empty()) {
    const RowJobPtr job = turns.begin()->second;
    const size_t count = std::min(room, job->waiting());
    tile.push_back({job, job->taken, count});
    if (job->taken == 0) --untouched_jobs_;
    waiting_rows_ -= count;
    job->taken += count;
    room -= count;
    // A request that got only what others had left of the tile keeps its turn.
    if (job->waiting() > 0 && count < max_rows) break;
    turns.erase(turns.begin());
    if (job->waiting() > 0) Join(job);
  }
  if (!tile.empty()) ++tiles_;
  return tile;
}

void RowQueue::End(const RowJobPtr& job, absl::Status why) {
  if (!job->status.ok()) return;
  job->status = std::move(why);
  if (job->taken == 0) --untouched_jobs_;
  waiting_rows_ -= job->waiting();
  waiting_[KindOf(job->task)].erase(job->turn);
}

}  // namespace ebm::batching
