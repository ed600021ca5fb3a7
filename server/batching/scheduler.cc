#include "server/batching/scheduler.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/batching/task_memory.h"

namespace ebm::batching {
namespace {

absl::Status CheckTraceable(uint64_t steps, uint64_t traced_after) {
  if (steps >= traced_after + TraceWindow::kFewestSteps) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("steps is ", steps, "; traces after step ", traced_after,
                                                 " need at least ", TraceWindow::kFewestSteps, " more"));
}

absl::Status CheckShape(const SampleTask& task, size_t dimension) {
  if (task.settings == nullptr) return absl::InvalidArgumentError("settings is null");
  if (task.chains == 0) return absl::InvalidArgumentError("chains is 0; at least 1 is needed");
  if (task.steps <= task.first_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("steps is ", task.steps, "; more than first_step, ", task.first_step, ", is needed"));
  }
  if (!task.states.empty() && task.states.size() != task.chains * dimension) {
    return absl::InvalidArgumentError(absl::StrCat("states has ", task.states.size(), " values; ", task.chains,
                                                   " chains of dimension ", dimension, " need ",
                                                   task.chains * dimension, ", or none"));
  }
  if (!task.free_coordinates.empty() && task.free_coordinates.size() != dimension) {
    return absl::InvalidArgumentError(
        absl::StrCat("free_coordinates has ", task.free_coordinates.size(), " values; the dimension is ", dimension));
  }
  if (!task.traced_after.has_value()) return absl::OkStatus();
  return CheckTraceable(task.steps, std::max(*task.traced_after, task.first_step));
}

absl::Status CheckShape(const RowTask& task, size_t dimension) {
  if (!task.rows.empty() && task.rows.size() % dimension == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("rows has ", task.rows.size(), " values, not a positive multiple of the dimension ", dimension));
}

absl::Status CheckRoom(const char* what, size_t wanted, size_t queued, size_t limit) {
  if (queued + wanted <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the queue is full: ", wanted, " ", what, " and the ", queued,
                                                   " already queued exceed the limit of ", limit));
}

}  // namespace

ChainScheduler::ChainScheduler(int dimension, int num_classes, const SchedulerLimits& limits, const SharedParts& shared)
    : dimension_(dimension),
      num_classes_(num_classes),
      limits_(limits),
      clock_(shared.clock),
      wake_up_(shared.wake_up),
      observer_(shared.observer),
      memory_(shared.memory) {}

JobId ChainScheduler::NewJobId() { return ++last_id_; }

absl::Status ChainScheduler::CheckAdmission(SteadyTime now, SteadyTime deadline) const {
  if (!admitting_) return absl::UnavailableError("the server is draining and takes no new requests");
  if (deadline <= now) return absl::DeadlineExceededError("the request's deadline passed before it was queued");
  return absl::OkStatus();
}

absl::Status ChainScheduler::CheckTime(const SampleJob& job) const {
  const absl::Duration least = speed_.LeastTime(job.chains(), job.steps_to_do(), static_cast<int64_t>(workers_));
  const absl::Duration left = job.deadline() - job.submitted();
  if (least <= left) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat(
      "the request's deadline cannot be met: ", job.chains(), " chains of ", job.steps_to_do(), " steps take at least ",
      absl::FormatDuration(least), " here, and ", absl::FormatDuration(left), " are left"));
}

absl::Status ChainScheduler::Submit(JobId id, SampleTask task) {
  if (absl::Status status = CheckShape(task, dimension_); !status.ok()) return status;
  const uint64_t bytes = BytesHeld(task, dimension_);
  const auto job = std::make_shared<SampleJob>(id, std::move(task), dimension_, clock_->Now());
  MutexLock lock(&mu_);
  if (absl::Status status = CheckAdmission(job->submitted(), job->deadline()); !status.ok()) return status;
  if (absl::Status status = CheckTime(*job); !status.ok()) return status;
  absl::Status room = CheckRoom("chains", job->chains(), queued_chains_, limits_.max_queued_chains);
  if (!room.ok()) return room;
  absl::StatusOr<MemoryReservation> memory =
      memory_->TryReserve(bytes, absl::StrCat(job->chains(), " chains of ", job->steps_to_do(), " steps"));
  if (!memory.ok()) return memory.status();

  job->Hold(*std::move(memory));
  queued_chains_ += job->chains();
  chains_.Add(job);
  CountIn(id, job->deadline());
  wake_up_->NotifyAll();
  return absl::OkStatus();
}

absl::Status ChainScheduler::SubmitRows(JobId id, RowTask task) {
  if (absl::Status status = CheckShape(task, dimension_); !status.ok()) return status;
  const size_t rows = task.rows.size() / dimension_;
  const uint64_t bytes = BytesHeld(task, dimension_, num_classes_);
  const auto job = std::make_shared<RowJob>(id, std::move(task), rows, clock_->Now());
  MutexLock lock(&mu_);
  if (absl::Status status = CheckAdmission(job->submitted, job->task.deadline); !status.ok()) return status;
  absl::Status room = CheckRoom("rows", rows, queued_rows_, limits_.max_queued_rows);
  if (!room.ok()) return room;
  absl::StatusOr<MemoryReservation> memory = memory_->TryReserve(bytes, absl::StrCat(rows, " rows"));
  if (!memory.ok()) return memory.status();

  job->memory = *std::move(memory);
  queued_rows_ += rows;
  rows_.Add(job);
  CountIn(id, job->task.deadline);
  wake_up_->NotifyOne();
  return absl::OkStatus();
}

void ChainScheduler::CountIn(JobId id, SteadyTime deadline) {
  ++unfinished_;
  if (deadline != SteadyTime::InfiniteFuture()) deadlines_.emplace(deadline, id);
}

void ChainScheduler::CountOut(JobId id, SteadyTime deadline, std::function<void()> completion) {
  deadlines_.erase({deadline, id});
  completions_.push_back(std::move(completion));
}

void ChainScheduler::Update(const SampleJobPtr& job) {
  chains_.Place(job);
  if (chains_.HasWork()) wake_up_->NotifyAll();
  if (!job->done()) return;
  chains_.Remove(job);
  queued_chains_ -= job->chains();
  CountOut(job->id(), job->deadline(), [job] { job->Finish(); });
}

void ChainScheduler::Update(const RowJobPtr& job) {
  if (!job->done()) return;
  rows_.Remove(job);
  queued_rows_ -= job->rows;
  CountOut(job->id, job->task.deadline, [job] { job->Finish(); });
}

void ChainScheduler::End(JobId id, const absl::Status& why) {
  if (const SampleJobPtr job = chains_.Find(id)) {
    job->End(why);
    if (!job->started()) job->Start(clock_->Now());
    Update(job);
  } else if (const RowJobPtr rows = rows_.Find(id)) {
    rows_.End(rows, why);
    Update(rows);
  }
}

void ChainScheduler::Cancel(JobId id, const absl::Status& why) {
  MutexLock lock(&mu_);
  End(id, why);
  wake_up_->NotifyAll();
}

void ChainScheduler::Resume(JobId id) {
  MutexLock lock(&mu_);
  const SampleJobPtr job = chains_.Find(id);
  if (job == nullptr) return;
  job->Resume();
  Update(job);
}

void ChainScheduler::StopAdmission() {
  MutexLock lock(&mu_);
  admitting_ = false;
}

bool ChainScheduler::Idle() const {
  MutexLock lock(&mu_);
  return unfinished_ == 0;
}

bool ChainScheduler::WaitUntilIdle(SteadyTime until) {
  MutexLock lock(&mu_);
  while (unfinished_ > 0) {
    const absl::Duration left = until - clock_->Now();
    if (left <= absl::ZeroDuration()) return false;
    idle_.WaitFor(&mu_, left);
  }
  return true;
}

void ChainScheduler::Stop(const absl::Status& why) {
  MutexLock lock(&mu_);
  admitting_ = false;
  std::vector<JobId> ids;
  for (const auto& [id, job] : chains_.jobs()) ids.push_back(id);
  for (const auto& [id, job] : rows_.jobs()) ids.push_back(id);
  for (const JobId id : ids) End(id, why);
  wake_up_->NotifyAll();
}

SteadyTime ChainScheduler::NextDeadline() const {
  MutexLock lock(&mu_);
  return deadlines_.empty() ? SteadyTime::InfiniteFuture() : deadlines_.begin()->first;
}

SchedulerStats ChainScheduler::Stats() const {
  MutexLock lock(&mu_);
  SchedulerStats stats;
  for (const auto& [id, job] : chains_.jobs()) {
    stats.queued_requests += job->started() ? 0 : 1;
    stats.ready_chains += static_cast<int64_t>(job->ready());
    stats.running_chains += static_cast<int64_t>(job->running());
    stats.parked_chains += static_cast<int64_t>(job->parked());
  }
  for (const auto& [id, job] : rows_.jobs()) {
    stats.queued_requests += job->taken == 0 ? 1 : 0;
    stats.queued_rows += static_cast<int64_t>(job->waiting());
  }
  return stats;
}

}  // namespace ebm::batching
