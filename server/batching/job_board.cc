#include "server/batching/job_board.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ebm::batching {
namespace {

absl::Status CheckTime(const SampleJob& job, absl::Duration least) {
  const absl::Duration left = job.deadline() - job.submitted();
  if (least <= left) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat(
      "the request's deadline cannot be met: ", job.chains(), " chains of ", job.steps_to_do(), " steps take at least ",
      absl::FormatDuration(least), " here, and ", absl::FormatDuration(left), " are left"));
}

}  // namespace

JobBoard::Change::Change(JobBoard* board) : board_(*board) { board_.mu_.Lock(); }

JobBoard::Change::~Change() {
  board_.PublishHints();
  const Wake wake = std::exchange(board_.wake_, Wake::kNone);
  board_.mu_.Unlock();
  if (wake == Wake::kOne) board_.wake_up_.NotifyOne();
  if (wake == Wake::kAll) board_.wake_up_.NotifyAll();
}

JobBoard::JobBoard(const SharedParts& shared)
    : clock_(*shared.clock),
      wake_up_(*shared.wake_up),
      memory_(*shared.memory),
      room_(*shared.room),
      next_deadline_(SteadyTime::InfiniteFuture().NanosecondsSinceOrigin()) {}

void JobBoard::PublishHints() {
  const WaitingJobs waiting = chains_.Waiting();
  next_deadline_.store(deadlines_.next().NanosecondsSinceOrigin(), std::memory_order_relaxed);
  has_rows_.store(rows_.HasWork(), std::memory_order_relaxed);
  has_outbox_.store(chains_.HasOutbox(), std::memory_order_relaxed);
  waiting_jobs_.store(waiting.jobs(), std::memory_order_relaxed);
  first_waiting_.store(waiting.first(), std::memory_order_relaxed);
}

absl::Status JobBoard::CheckOpen(SteadyTime now, SteadyTime deadline) const {
  if (closed_) return absl::UnavailableError("the server is draining and takes no new requests");
  if (deadline <= now) return absl::DeadlineExceededError("the request's deadline passed before it was queued");
  return absl::OkStatus();
}

void JobBoard::WakeAtLeast(Wake wake) { wake_ = std::max(wake_, wake); }

absl::Status JobBoard::Post(const SampleJobPtr& job, uint64_t bytes) {
  const absl::Duration least = speed_.LeastTime(job->chains(), job->steps_to_do(), static_cast<int64_t>(workers_));
  const Change change(this);
  absl::Status status = CheckOpen(job->submitted(), job->deadline());
  if (!status.ok()) return status;
  status = CheckTime(*job, least);
  if (!status.ok()) return status;
  status = room_.EnterChains(job->chains());
  if (!status.ok()) return status;
  absl::StatusOr<MemoryReservation> memory =
      memory_.TryReserve(bytes, absl::StrCat(job->chains(), " chains of ", job->steps_to_do(), " steps"));
  if (!memory.ok()) {
    room_.LeaveChains(job->chains());
    return memory.status();
  }
  job->Hold(*std::move(memory));
  try {
    deadlines_.Add(job->deadline(), job->id());
    chains_.Add(job);
  } catch (const std::bad_alloc&) {
    chains_.Discard(job);
    deadlines_.Remove(job->deadline(), job->id());
    room_.LeaveChains(job->chains());
    return absl::ResourceExhaustedError("out of memory");
  }
  completions_.Expect();
  WakeAtLeast(Wake::kAll);
  return absl::OkStatus();
}

absl::Status JobBoard::Post(const RowJobPtr& job, uint64_t bytes) {
  const Change change(this);
  absl::Status status = CheckOpen(job->submitted, job->task.deadline);
  if (!status.ok()) return status;
  status = room_.EnterRows(job->rows);
  if (!status.ok()) return status;
  absl::StatusOr<MemoryReservation> memory = memory_.TryReserve(bytes, absl::StrCat(job->rows, " rows"));
  if (!memory.ok()) {
    room_.LeaveRows(job->rows);
    return memory.status();
  }
  job->memory = *std::move(memory);
  try {
    deadlines_.Add(job->task.deadline, job->id);
    rows_.Add(job);
  } catch (const std::bad_alloc&) {
    deadlines_.Remove(job->task.deadline, job->id);
    room_.LeaveRows(job->rows);
    return absl::ResourceExhaustedError("out of memory");
  }
  completions_.Expect();
  WakeAtLeast(Wake::kOne);
  return absl::OkStatus();
}

void JobBoard::Update(const SampleJobPtr& job) {
  chains_.Place(job);
  if (chains_.HasWork()) WakeAtLeast(Wake::kAll);
  if (!job->done()) return;
  chains_.Remove(job);
  room_.LeaveChains(job->chains());
  deadlines_.Remove(job->deadline(), job->id());
  completions_.Push([job] { job->Finish(); });
}

void JobBoard::Update(const RowJobPtr& job) {
  if (!job->done()) return;
  rows_.Remove(job);
  room_.LeaveRows(job->rows);
  deadlines_.Remove(job->task.deadline, job->id);
  completions_.Push([job] { job->Finish(); });
}

void JobBoard::EndJob(JobId id, const absl::Status& why) {
  if (const SampleJobPtr job = chains_.Find(id)) {
    job->End(why);
    if (!job->started()) job->Start(clock_.Now());
    Update(job);
  } else if (const RowJobPtr rows = rows_.Find(id)) {
    rows_.End(rows, why);
    Update(rows);
  }
}

// Workers are woken, because the job's callback may have to be run.
void JobBoard::End(JobId id, const absl::Status& why) {
  const Change change(this);
  EndJob(id, why);
  WakeAtLeast(Wake::kAll);
}

void JobBoard::EndAll(const absl::Status& why) {
  const Change change(this);
  std::vector<JobId> ids;
  for (const auto& [id, job] : chains_.jobs()) ids.push_back(id);
  for (const auto& [id, job] : rows_.jobs()) ids.push_back(id);
  for (const JobId id : ids) EndJob(id, why);
  WakeAtLeast(Wake::kAll);
}

bool JobBoard::EndExpired() {
  const SteadyTime next = NextDeadline();
  if (next == SteadyTime::InfiniteFuture()) return false;
  const SteadyTime now = clock_.Now();
  if (now < next) return false;
  const Change change(this);
  bool any = false;
  while (const std::optional<JobId> id = deadlines_.TakeExpired(now)) {
    EndJob(*id, absl::DeadlineExceededError("the request's deadline has passed"));
    any = true;
  }
  return any;
}

void JobBoard::Resume(JobId id) {
  const Change change(this);
  const SampleJobPtr job = chains_.Find(id);
  if (job == nullptr) return;
  job->Resume();
  Update(job);
}

void JobBoard::Close() {
  const MutexLock lock(&mu_);
  closed_ = true;
}

SteadyTime JobBoard::NextDeadline() const {
  const int64_t next = next_deadline_.load(std::memory_order_relaxed);
  if (next == SteadyTime::InfiniteFuture().NanosecondsSinceOrigin()) return SteadyTime::InfiniteFuture();
  return SteadyTime::SinceOrigin(absl::Nanoseconds(next));
}

SchedulerStats JobBoard::Stats() const {
  const MutexLock lock(&mu_);
  SchedulerStats stats = chains_.stats();
  stats.queued_requests += static_cast<int64_t>(rows_.untouched_jobs());
  stats.queued_rows = static_cast<int64_t>(rows_.waiting_rows());
  stats.row_tiles = rows_.tiles();
  return stats;
}

size_t JobBoard::ShareOfWorker() const {
  const size_t workers = workers_;
  const size_t all = static_cast<size_t>(chains_.stats().running_chains) + chains_.ready();
  return (all + workers - 1) / workers;
}

std::optional<ReadyChain> JobBoard::TakeReady(size_t occupied) {
  if (waiting_jobs_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const Change change(this);
  if (occupied >= ShareOfWorker()) return std::nullopt;
  return chains_.TakeReady(clock_.Now());
}

std::vector<RowSlice> JobBoard::TakeRows(size_t max_rows) {
  if (!has_rows_.load(std::memory_order_relaxed)) return {};
  const Change change(this);
  std::vector<RowSlice> slices = rows_.Take(max_rows);
  if (rows_.HasWork()) WakeAtLeast(Wake::kOne);  // there are more rows than one tile: wake another worker
  return slices;
}

void JobBoard::ReturnRows(const std::vector<RowSlice>& slices) {
  const Change change(this);
  for (const RowSlice& slice : slices) {
    slice.job->evaluated += slice.count;
    Update(slice.job);
  }
}

void JobBoard::Yield(const SampleJobPtr& job, uint32_t chain) {
  const Change change(this);
  job->LeaveSlots(1);
  job->MakeReady({&chain, 1});
  Update(job);
}

void JobBoard::Diverge(const SampleJobPtr& job, uint32_t chain) {
  const Change change(this);
  job->LeaveSlots(1);
  job->CountDiverged(chain);
  Update(job);
}

void JobBoard::Release(const SampleJobPtr& job) {
  const Change change(this);
  job->LeaveSlots(1);
  Update(job);
}

std::vector<SampleJobPtr> JobBoard::TakeOutbox() {
  if (!has_outbox_.load(std::memory_order_relaxed)) return {};
  const Change change(this);
  return chains_.TakeOutbox();
}

std::optional<JobBoard::Offer> JobBoard::StartOffer(const SampleJobPtr& job, Frame& frame) {
  const Change change(this);
  if (job->TryStartOffer()) return Offer{job, job->resumes()};
  const size_t chains = frame.chains.size();
  job->Park(std::move(frame));
  job->LeaveSlots(chains);
  Update(job);
  return std::nullopt;
}

bool JobBoard::EndOffer(const Offer& offer, size_t chains, bool last, OfferResult result, Frame frame) {
  const bool taken = result == OfferResult::kTaken;
  const bool keeps_slots = taken && !last;
  const Change change(this);
  offer.job->EndOffer(result, offer.resumes, std::move(frame));
  if (taken && last) offer.job->CountFinished(chains);
  if (!keeps_slots) offer.job->LeaveSlots(chains);
  Update(offer.job);
  return keeps_slots;
}

std::optional<JobBoard::Offer> JobBoard::StartPendingOffer(const SampleJobPtr& job, Frame& frame) {
  const Change change(this);
  if (!job->deliverable()) return std::nullopt;
  frame = job->StartPendingOffer();
  return Offer{job, job->resumes()};
}

void JobBoard::EndPendingOffer(const Offer& offer, const std::vector<uint32_t>& parked, OfferResult result,
                               Frame frame) {
  const bool taken = result == OfferResult::kTaken;
  const bool last = taken && offer.job->IsLastStep(offer.job->steps_done(parked.front()));
  const Change change(this);
  offer.job->EndOffer(result, offer.resumes, std::move(frame));
  if (taken && last) offer.job->CountFinished(parked.size());
  if (taken && !last) offer.job->MakeReady(parked);
  Update(offer.job);
}

}  // namespace ebm::batching
