#include "server/batching/worker.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "server/batching/out_of_memory.h"
#include "server/batching/row_tile.h"

namespace ebm::batching {

Worker::Worker(ChainScheduler* scheduler, std::unique_ptr<ChainEngine> chains, std::unique_ptr<RowEngine> rows)
    : board_(scheduler->board()),
      offers_(&board_, scheduler->shared()),
      clock_(*scheduler->shared().clock),
      observer_(*scheduler->shared().observer),
      chains_(std::move(chains)),
      rows_(std::move(rows)),
      occupants_(chains_->slots()) {
  for (int slot = chains_->slots() - 1; slot >= 0; --slot) free_slots_.push_back(slot);
  board_.AddWorker();
}

bool Worker::RunOnce() {
  bool worked = board_.EndExpired();
  ReleaseEnded();
  // Row results are delivered before the step, so that they do not wait for it.
  if (EvaluateRows()) {
    worked = true;
    board_.completions().Run();
  }
  worked |= offers_.OfferPending();
  YieldTurns();
  AdmitReady();
  worked |= StepChains();
  worked |= board_.completions().Run();
  return worked;
}

void Worker::ReleaseEnded() {
  for (int slot = 0; slot < chains_->slots(); ++slot) {
    if (occupants_[slot].job == nullptr || !occupants_[slot].job->ended()) continue;
    board_.Release(Leave(slot).job);
  }
}

bool Worker::EvaluateRows() {
  const std::vector<RowSlice> slices = board_.TakeRows(rows_->max_rows());
  if (slices.empty()) return false;
  const SteadyTime now = clock_.Now();
  for (const RowSlice& slice : slices) {
    if (slice.first > 0) continue;
    const absl::Duration queue_wait = now - slice.job->submitted;
    observer_.QueueWait(queue_wait);
    if (slice.job->task.queue_wait != nullptr) *slice.job->task.queue_wait = queue_wait;
  }
  const absl::Status status = CatchOutOfMemory([&] { return EvaluateTile(slices); });
  for (const RowSlice& slice : slices) {
    if (!status.ok()) board_.End(slice.job->id, status);
  }
  board_.ReturnRows(slices);
  return true;
}

absl::Status Worker::EvaluateTile(const std::vector<RowSlice>& slices) {
  RowTile tile(slices, *rows_);
  const SteadyTime start = clock_.Now();
  if (absl::Status status = tile.Evaluate(rows_.get()); !status.ok()) return status;
  observer_.RowsEvaluated(clock_.Now() - start, tile.rows());
  tile.Deliver();
  return absl::OkStatus();
}

void Worker::YieldTurns() {
  if (!free_slots_.empty()) return;
  const WaitingJobs waiting = board_.Waiting();
  std::vector<int> yielding;
  for (int slot = 0; slot < chains_->slots(); ++slot) {
    const auto& [job, chain, step_at_entry] = occupants_[slot];
    const bool had_its_turn = job->steps_done(chain) - step_at_entry >= kTurnSteps;
    if (had_its_turn && waiting.Besides(*job)) yielding.push_back(slot);
  }
  if (yielding.empty()) return;
  std::vector<std::span<float>> states;
  const absl::Status status = CatchOutOfMemory([&] {
    for (const int slot : yielding) states.push_back(occupants_[slot].job->state_of(occupants_[slot].chain));
    return absl::OkStatus();
  });
  if (!status.ok()) return EndAll(status);
  if (!Read(yielding, states)) return;
  for (const int slot : yielding) {
    const Occupant left = Leave(slot);
    board_.Yield(left.job, left.chain);
  }
}

void Worker::AdmitReady() {
  std::optional<SteadyTime> start;
  while (!free_slots_.empty()) {
    const std::optional<ReadyChain> ready = board_.TakeReady(occupants_.size() - free_slots_.size());
    if (!ready.has_value()) return;
    if (!start.has_value()) start = clock_.Now();
    Admit(*ready);
    if (clock_.Now() - *start > kLongestAdmission) return;
  }
}

void Worker::Admit(const ReadyChain& ready) {
  const auto& [job, chain, queue_wait] = ready;
  if (queue_wait.has_value()) observer_.QueueWait(*queue_wait);
  const int slot = free_slots_.back();
  free_slots_.pop_back();
  occupants_[slot] = {job, chain, job->steps_done(chain)};
  if (const absl::Status status = chains_->Admit(slot, job->Entry(chain)); !status.ok()) board_.End(job->id(), status);
}

bool Worker::StepChains() {
  const int occupied = chains_->slots() - static_cast<int>(free_slots_.size());
  if (occupied == 0) return false;
  const SteadyTime start = clock_.Now();
  if (const absl::Status status = chains_->Step(); !status.ok()) {
    EndAll(status);
    return true;
  }
  const absl::Duration duration = clock_.Now() - start;
  board_.NoteStep(duration, occupied);
  observer_.StepTaken(duration, occupied);
  const absl::Status status = CatchOutOfMemory([this] {
    OfferFrames(AfterStep());
    return absl::OkStatus();
  });
  if (!status.ok()) EndAll(status);
  return true;
}

// Ends the chains that diverged. Returns the slots whose frames are due.
std::vector<int> Worker::AfterStep() {
  std::vector<int> due;
  for (int slot = 0; slot < chains_->slots(); ++slot) {
    const auto& [job, chain, step_at_entry] = occupants_[slot];
    if (job == nullptr) continue;
    job->CountStep(chain);
    if (!chains_->IsFinite(slot)) {
      const Occupant left = Leave(slot);
      observer_.ChainDiverged();
      board_.Diverge(left.job, left.chain);
      continue;
    }
    if (job->wants_traces()) job->Trace(chain, chains_->ViewOf(slot));
    if (job->IsFrameDue(job->steps_done(chain))) due.push_back(slot);
  }
  return due;
}

// Reads all due states with one call, each into the frame of its chain.
void Worker::OfferFrames(std::vector<int> due) {
  if (due.empty()) return;
  SortByFrame(due);
  std::vector<DueFrame> frames = MakeFrames(due);
  std::vector<std::span<float>> states;
  states.reserve(due.size());
  for (DueFrame& due_frame : frames) {
    const std::span<float> all = due_frame.frame.states;
    const size_t dimension = chains_->dimension();
    for (size_t row = 0; row < due_frame.slots.size(); ++row) states.push_back(all.subspan(row * dimension, dimension));
  }
  if (!Read(due, states)) return;

  size_t first = 0;
  for (DueFrame& due_frame : frames) {
    const SampleJobPtr job = occupants_[due_frame.slots[0]].job;
    AddResults(std::span(log_densities_).subspan(first, due_frame.slots.size()), *job, due_frame.frame);
    first += due_frame.slots.size();
    if (offers_.Offer(job, std::move(due_frame.frame))) continue;
    for (const int slot : due_frame.slots) Leave(slot);
  }
}

// One frame has the chains of one job that reached the same step.
void Worker::SortByFrame(std::vector<int>& due) const {
  const auto key = [this](int slot) {
    const Occupant& occupant = occupants_[slot];
    return std::tuple(occupant.job->id(), occupant.job->steps_done(occupant.chain), occupant.chain);
  };
  std::sort(due.begin(), due.end(), [&key](int a, int b) { return key(a) < key(b); });
}

// due: sorted by frame.
std::vector<Worker::DueFrame> Worker::MakeFrames(std::span<const int> due) const {
  std::vector<DueFrame> frames;
  for (size_t first = 0, end = 0; first < due.size(); first = end) {
    const SampleJob& job = *occupants_[due[first]].job;
    const uint32_t step = job.steps_done(occupants_[due[first]].chain);
    Frame frame = {.step = step, .final_states = job.IsLastStep(step)};
    for (; end < due.size(); ++end) {
      const Occupant& occupant = occupants_[due[end]];
      if (occupant.job.get() != &job || job.steps_done(occupant.chain) != step) break;
      frame.chains.push_back(occupant.chain);
    }
    frame.states.resize(frame.chains.size() * chains_->dimension());
    frames.push_back({.slots = due.subspan(first, end - first), .frame = std::move(frame)});
  }
  return frames;
}

void Worker::AddResults(std::span<const float> log_density, const SampleJob& job, Frame& frame) {
  frame.log_density.assign(log_density.begin(), log_density.end());
  if (!job.weighted()) return;
  for (const uint32_t chain : frame.chains) frame.log_weights.push_back(job.progress(chain).log_weight);
}

bool Worker::Read(std::span<const int> slots, std::span<const std::span<float>> states) {
  const absl::Status status = CatchOutOfMemory([&] {
    log_densities_.resize(slots.size());
    return chains_->Read(slots, states, log_densities_);
  });
  if (!status.ok()) {
    EndAll(status);
    return false;
  }
  for (const int slot : slots) {
    const Occupant& occupant = occupants_[slot];
    occupant.job->CountAccepted(occupant.chain, chains_->TakeAccepted(slot));
    occupant.job->SaveProgress(occupant.chain, chains_->Progress(slot));
  }
  return true;
}

// The next round releases the slots.
void Worker::EndAll(const absl::Status& why) {
  for (const Occupant& occupant : occupants_) {
    if (occupant.job != nullptr) board_.End(occupant.job->id(), why);
  }
}

Worker::Occupant Worker::Leave(int slot) {
  chains_->Release(slot);
  free_slots_.push_back(slot);
  return std::exchange(occupants_[slot], {});
}

}  // namespace ebm::batching
