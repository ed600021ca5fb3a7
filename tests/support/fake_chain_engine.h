// A fake chain engine, whose chains are those of fake_chain.h. It checks that its caller keeps the contract of
// ChainEngine.

#ifndef EBM_TESTS_SUPPORT_FAKE_CHAIN_ENGINE_H_
#define EBM_TESTS_SUPPORT_FAKE_CHAIN_ENGINE_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "server/batching/chain_engine.h"
#include "tests/support/fake_chain.h"

namespace ebm::batching {

// Runs FakeStep. The state of a chain named in `diverging` becomes NaN at the given step.
class FakeChainEngine final : public ChainEngine {
 public:
  using Name = std::pair<uint64_t, uint32_t>;  // seed, chain
  using Diverging = std::map<Name, uint32_t>;  // the step at which the chain diverges, counted from 1

  FakeChainEngine(int slots, int dimension, Diverging diverging = {})
      : dimension_(dimension), diverging_(std::move(diverging)), slots_(slots) {}

  int slots() const override { return static_cast<int>(slots_.size()); }
  int dimension() const override { return dimension_; }

  absl::Status Admit(int slot, const ChainEntry& entry) override {
    ++admissions_;
    if (during_admit) during_admit();
    EXPECT_FALSE(slots_.at(slot).has_value()) << "slot " << slot << " is occupied";
    const FakeSettings& settings = FakeSettingsOf(*entry.settings);
    const ChainProgress progress = entry.progress != nullptr ? *entry.progress : FakeProgressAtStart(settings);
    slots_[slot] = Chain{settings, entry.chain, entry.step, 0, progress, {}, {}};
    slots_[slot]->state.assign(entry.state.begin(), entry.state.end());
    if (entry.state.empty()) slots_[slot]->state = FakeStart(settings.seed, entry.chain, dimension_);
    EXPECT_EQ(slots_[slot]->state.size(), static_cast<size_t>(dimension_));
    slots_[slot]->free.assign(entry.free_coordinates.begin(), entry.free_coordinates.end());
    return std::exchange(next_admit_error, absl::OkStatus());
  }

  absl::Status Step() override {
    if (during_step) during_step();
    last_tile_.clear();
    for (std::optional<Chain>& chain : slots_) {
      if (!chain) continue;
      const Name name(chain->settings.seed, chain->index);
      FakeStep(chain->settings, chain->index, chain->step++, chain->free, chain->state, chain->progress);
      if (chain->settings.adjusted && chain->step % 2 == 0) ++chain->accepted;
      const auto diverging = diverging_.find(name);
      if (diverging != diverging_.end() && diverging->second == chain->step) chain->state[0] = std::nanf("");
      last_tile_.push_back(name);
    }
    return std::exchange(next_step_error, absl::OkStatus());
  }

  bool IsFinite(int slot) const override { return std::isfinite(slots_.at(slot).value().state[0]); }

  // If steps are accepted or rejected, every second step of a chain is accepted.
  uint32_t TakeAccepted(int slot) override { return std::exchange(slots_.at(slot).value().accepted, 0); }

  ChainProgress Progress(int slot) const override { return slots_.at(slot).value().progress; }

  View ViewOf(int slot) const override {
    const std::vector<float>& state = slots_.at(slot).value().state;
    return {.state = state, .log_density = FakeLogDensity(state)};
  }

  absl::Status Read(std::span<const int> slots, std::span<const std::span<float>> states,
                    std::span<float> log_density) override {
    EXPECT_EQ(states.size(), slots.size());
    EXPECT_EQ(log_density.size(), slots.size());
    for (size_t row = 0; row < slots.size(); ++row) {
      const std::vector<float>& state = slots_.at(slots[row]).value().state;
      EXPECT_EQ(states[row].size(), state.size());
      std::ranges::copy(state, states[row].begin());
      log_density[row] = FakeLogDensity(state);
    }
    return std::exchange(next_read_error, absl::OkStatus());
  }

  void Release(int slot) override {
    ASSERT_TRUE(slots_.at(slot).has_value()) << "slot " << slot << " is free";
    slots_[slot].reset();
  }

  // The chains that took part in the last step.
  const std::vector<Name>& last_tile() const { return last_tile_; }
  int admissions() const { return admissions_; }

  // Called at the start of each Admit and Step.
  std::function<void()> during_admit;
  std::function<void()> during_step;
  // Errors of the next Admit, Step and Read.
  absl::Status next_admit_error;
  absl::Status next_step_error;
  absl::Status next_read_error;

 private:
  struct Chain {
    FakeSettings settings;
    uint32_t index;
    uint32_t step;
    uint32_t accepted;
    ChainProgress progress;
    std::vector<float> state;
    std::vector<uint8_t> free;
  };

  const int dimension_;
  const Diverging diverging_;
  std::vector<std::optional<Chain>> slots_;
  std::vector<Name> last_tile_;
  int admissions_ = 0;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_FAKE_CHAIN_ENGINE_H_
