// A sink whose room the test sets. It checks that its caller keeps the contract of ResultSink.

#ifndef EBM_TESTS_SUPPORT_FAKE_SINK_H_
#define EBM_TESTS_SUPPORT_FAKE_SINK_H_

#include <atomic>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/batching/result_sink.h"

namespace ebm::batching {

// Keeps the frames that it is offered. Fails the test if Finish overlaps with an offer or comes before one.
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
    frame = Frame();  // callers must not rely on a moved-from frame
    return OfferResult::kTaken;
  }

  void Finish(SampleSummary summary) override {
    EXPECT_EQ(offering_, 0) << "Finish while a frame is offered";
    const std::lock_guard lock(mu_);
    EXPECT_FALSE(summary_.has_value()) << "a second Finish";
    summary_ = std::move(summary);
  }

  // The number of further frames to take before the sink is full.
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
    explicit Inside(FakeSink* sink) : sink_(sink) { ++sink_->offering_; }
    ~Inside() { --sink_->offering_; }

   private:
    FakeSink* const sink_;
  };

  std::atomic<int> offering_ = 0;
  mutable std::mutex mu_;
  int room_;
  bool gone_ = false;
  int offers_ = 0;
  std::vector<Frame> frames_;
  std::optional<SampleSummary> summary_;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_FAKE_SINK_H_
