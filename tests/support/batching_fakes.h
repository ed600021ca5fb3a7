// Fakes of batching's seams: a clock that stands still, engines whose every number is a pure function of their input,
// a sink that fills up when it is told to. They check the contracts of the seams as they go.

#ifndef EBM_TESTS_SUPPORT_BATCHING_FAKES_H_
#define EBM_TESTS_SUPPORT_BATCHING_FAKES_H_

#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/batching/batching_observer.h"
#include "server/batching/chain_engine.h"
#include "server/batching/clock.h"
#include "server/batching/result_sink.h"
#include "server/batching/task.h"

namespace ebm::batching {

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixNanos(nanos_); }
  void Advance(absl::Duration by) { nanos_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> nanos_ = 1'000'000'000;
};

// Uniform in [-1, 1) and a pure function of its arguments (SplitMix64 of their mix).
inline float FakeNoise(uint64_t seed, uint32_t chain, uint32_t step, size_t coordinate) {
  uint64_t z = seed * 0x9E3779B97F4A7C15U + chain * 0xD1B54A32D192ED03U + step * 0x8CB92BA72F3D8DD7U + coordinate;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return static_cast<float>(static_cast<int64_t>(z) >> 40) / static_cast<float>(1 << 23);
}

// One step of a chain that has done `step` steps: x <- 0.9 x + step_size * noise on the free coordinates.
inline void FakeStep(const ChainSettings& settings, uint32_t chain, uint32_t step,
                     std::span<const uint8_t> free_coordinates, std::span<float> state) {
  for (size_t d = 0; d < state.size(); ++d) {
    if (!free_coordinates.empty() && free_coordinates[d] == 0) continue;
    state[d] = 0.9F * state[d] + settings.step_size * FakeNoise(settings.seed, chain, step, d);
  }
}

inline float FakeLogDensity(std::span<const float> state) {
  return -std::inner_product(state.begin(), state.end(), state.begin(), 0.0F);
}

// The oracle: where a chain of a request is after some steps, computed alone.
inline std::vector<float> FakeChainAfter(const SampleTask& task, uint32_t chain, uint32_t steps) {
  const size_t dimension = task.states.size() / task.chains;
  const auto start = task.states.begin() + static_cast<ptrdiff_t>(chain * dimension);
  std::vector<float> state(start, start + static_cast<ptrdiff_t>(dimension));
  for (uint32_t step = 0; step < steps; ++step) FakeStep(task.settings, chain, step, task.free_coordinates, state);
  return state;
}

// Runs FakeStep. The chains named in `diverging` turn to NaN at their step.
class FakeChainEngine final : public ChainEngine {
 public:
  using Name = std::pair<uint64_t, uint32_t>;  // seed, chain
  using Diverging = std::map<Name, uint32_t>;  // at the step so numbered, counted from 1

  FakeChainEngine(int slots, int dimension, Diverging diverging = {})
      : dimension_(dimension), diverging_(std::move(diverging)), slots_(slots) {}

  int slots() const override { return static_cast<int>(slots_.size()); }
  int dimension() const override { return dimension_; }

  void Admit(int slot, const ChainEntry& entry) override {
    ++admissions_;
    ASSERT_FALSE(slots_.at(slot).has_value()) << "slot " << slot << " is occupied";
    ASSERT_EQ(entry.state.size(), static_cast<size_t>(dimension_));
    slots_[slot] = Chain{*entry.settings, entry.chain, entry.step, {}, {}};
    slots_[slot]->state.assign(entry.state.begin(), entry.state.end());
    slots_[slot]->free.assign(entry.free_coordinates.begin(), entry.free_coordinates.end());
  }

  void Step() override {
    last_tile_.clear();
    for (std::optional<Chain>& chain : slots_) {
      if (!chain) continue;
      const Name name(chain->settings.seed, chain->index);
      FakeStep(chain->settings, chain->index, chain->step++, chain->free, chain->state);
      const auto diverging = diverging_.find(name);
      if (diverging != diverging_.end() && diverging->second == chain->step) chain->state[0] = std::nanf("");
      last_tile_.push_back(name);
    }
  }

  bool IsFinite(int slot) const override { return std::isfinite(slots_.at(slot).value().state[0]); }

  void Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) override {
    ASSERT_EQ(states.size(), slots.size() * dimension_);
    ASSERT_EQ(log_density.size(), slots.size());
    for (size_t row = 0; row < slots.size(); ++row) {
      const std::vector<float>& state = slots_.at(slots[row]).value().state;
      std::copy(state.begin(), state.end(), states.begin() + static_cast<ptrdiff_t>(row * dimension_));
      log_density[row] = FakeLogDensity(state);
    }
  }

  void Release(int slot) override {
    ASSERT_TRUE(slots_.at(slot).has_value()) << "slot " << slot << " is free";
    slots_[slot].reset();
  }

  // Who took part in the last step.
  const std::vector<Name>& last_tile() const { return last_tile_; }
  int admissions() const { return admissions_; }

 private:
  struct Chain {
    ChainSettings settings;
    uint32_t index;
    uint32_t step;
    std::vector<float> state;
    std::vector<uint8_t> free;
  };

  const int dimension_;
  const Diverging diverging_;
  std::vector<std::optional<Chain>> slots_;
  std::vector<Name> last_tile_;
  int admissions_ = 0;
};

// logits[k] = (k + 1) * x[0]; log density and gradient norm by the functions below.
class FakeRowEngine final : public RowEngine {
 public:
  FakeRowEngine(int max_rows, int dimension, int num_classes)
      : max_rows_(max_rows), dimension_(dimension), num_classes_(num_classes) {}

  static float Logit(std::span<const float> row, int label) { return static_cast<float>(label + 1) * row[0]; }
  static float GradientNorm(std::span<const float> row) { return 2.0F * std::sqrt(-FakeLogDensity(row)); }

  int max_rows() const override { return max_rows_; }
  int dimension() const override { return dimension_; }
  int num_classes() const override { return num_classes_; }

  void Evaluate(std::span<const float> rows, std::span<float> logits, std::span<float> log_density,
                std::span<float> gradient_norm) override {
    if (during_evaluate) during_evaluate();
    const size_t n = rows.size() / dimension_;
    ASSERT_LE(n, static_cast<size_t>(max_rows_));
    ASSERT_EQ(logits.size(), n * num_classes_);
    ASSERT_EQ(log_density.size(), n);
    ASSERT_TRUE(gradient_norm.empty() || gradient_norm.size() == n);
    tiles_.push_back({n, !gradient_norm.empty()});
    for (size_t r = 0; r < n; ++r) {
      const std::span<const float> row = rows.subspan(r * dimension_, dimension_);
      for (int k = 0; k < num_classes_; ++k) logits[r * num_classes_ + k] = Logit(row, k);
      log_density[r] = FakeLogDensity(row);
      if (!gradient_norm.empty()) gradient_norm[r] = GradientNorm(row);
    }
  }

  struct Tile {
    size_t rows;
    bool gradient_norm;
    friend bool operator==(const Tile&, const Tile&) = default;
  };
  const std::vector<Tile>& tiles() const { return tiles_; }

  // Called at the start of each Evaluate.
  std::function<void()> during_evaluate;

 private:
  const int max_rows_;
  const int dimension_;
  const int num_classes_;
  std::vector<Tile> tiles_;
};

// Keeps what it is offered. Fails the test when calls overlap or come after Finish.
class FakeSink final : public ResultSink {
 public:
  static constexpr int kEndless = std::numeric_limits<int>::max();

  explicit FakeSink(int room = kEndless) : room_(room) {}

  OfferResult Offer(Frame& frame) override {
    const Inside inside(this);
    if (during_offer) during_offer();
    const std::lock_guard lock(mu_);
    EXPECT_FALSE(summary_.has_value()) << "Offer after Finish";
    ++offers_;
    if (gone_) return OfferResult::kGone;
    if (room_ == 0) return OfferResult::kFull;
    if (room_ != kEndless) --room_;
    frames_.push_back(std::move(frame));
    frame = Frame();  // nobody may rely on what was moved from
    return OfferResult::kTaken;
  }

  void Finish(SampleSummary summary) override {
    const Inside inside(this);
    const std::lock_guard lock(mu_);
    EXPECT_FALSE(summary_.has_value()) << "a second Finish";
    summary_ = std::move(summary);
  }

  // Takes so many more frames, then is full.
  void SetRoom(int room) {
    const std::lock_guard lock(mu_);
    room_ = room;
  }
  void GoAway() {
    const std::lock_guard lock(mu_);
    gone_ = true;
  }

  std::vector<Frame> frames() const {
    const std::lock_guard lock(mu_);
    return frames_;
  }
  int offers() const {
    const std::lock_guard lock(mu_);
    return offers_;
  }
  bool finished() const {
    const std::lock_guard lock(mu_);
    return summary_.has_value();
  }
  // REQUIRES: finished().
  SampleSummary summary() const {
    const std::lock_guard lock(mu_);
    return summary_.value();
  }

  // Called at the start of each Offer; set before the sink is used.
  std::function<void()> during_offer;

 private:
  class Inside {
   public:
    explicit Inside(FakeSink* sink) : sink_(sink) {
      EXPECT_FALSE(sink_->inside_.exchange(true)) << "two calls at once for one sink";
    }
    ~Inside() { sink_->inside_ = false; }

   private:
    FakeSink* const sink_;
  };

  std::atomic<bool> inside_ = false;
  mutable std::mutex mu_;
  int room_;
  bool gone_ = false;
  int offers_ = 0;
  std::vector<Frame> frames_;
  std::optional<SampleSummary> summary_;
};

class CountingObserver final : public BatchingObserver {
 public:
  void StepTaken(absl::Duration /*duration*/, int chains) override {
    ++steps;
    chain_steps += chains;
  }
  void RowsEvaluated(absl::Duration /*duration*/, int count) override { rows += count; }
  void FirstFrame(absl::Duration since_submit) override {
    ++first_frames;
    last_first_frame_nanos = absl::ToInt64Nanoseconds(since_submit);
  }
  void QueueWait(absl::Duration since_submit) override {
    ++queue_waits;
    last_queue_wait_nanos = absl::ToInt64Nanoseconds(since_submit);
  }
  void ChainDiverged() override { ++diverged; }

  std::atomic<int64_t> steps = 0;
  std::atomic<int64_t> chain_steps = 0;
  std::atomic<int64_t> rows = 0;
  std::atomic<int64_t> first_frames = 0;
  std::atomic<int64_t> last_first_frame_nanos = 0;
  std::atomic<int64_t> queue_waits = 0;
  std::atomic<int64_t> last_queue_wait_nanos = 0;
  std::atomic<int64_t> diverged = 0;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_BATCHING_FAKES_H_
