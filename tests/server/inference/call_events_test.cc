// What a model's observer and a call's caller are told of calls.

#include "server/inference/call_events.h"

#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/batching/queue_room.h"
#include "server/inference/caller_account.h"
#include "server/inference/open_calls.h"
#include "tests/reference/normal_base.h"
#include "tests/server/inference/row_call_fixture.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;

TEST(CallEventsTest, EveryRefusalHasItsReason) {
  KeptEvents events;
  batching::QueueRoom room({.max_queued_chains = 1, .max_queued_rows = 1});
  ReportRefused(room.EnterChains(2), &events);
  ReportRefused(room.EnterRows(2), &events);
  ReportRefused(absl::ResourceExhaustedError("no memory"), &events);
  OpenCalls none_open(/*most=*/0);
  ReportRefused(none_open.Open().status(), &events);
  CallerAccount account("eve", {.chains = 1}, batching::Priority::kNormal);
  ReportRefused(account.TryUse({.chains = 2}).status(), &events);
  ReportRefused(absl::InvalidArgumentError("wrong"), &events);
  ReportRefused(absl::FailedPreconditionError("not of this model"), &events);
  ReportRefused(absl::DeadlineExceededError("late"), &events);
  ReportRefused(absl::UnavailableError("draining"), &events);
  EXPECT_THAT(events.refused,
              ElementsAre(Refusal::kQueueFull, Refusal::kQueueFull, Refusal::kMemory, Refusal::kCalls, Refusal::kShare,
                          Refusal::kInvalid, Refusal::kInvalid, Refusal::kDeadline, Refusal::kDraining));
  EXPECT_THAT(events.broken, IsEmpty());
}

TEST(CallEventsTest, EveryBreakHasItsReason) {
  KeptEvents events;
  ReportBroken(absl::CancelledError("gone"), &events);
  ReportBroken(absl::DeadlineExceededError("late"), &events);
  ReportBroken(absl::UnavailableError("stopping"), &events);
  ReportBroken(absl::InternalError("failed"), &events);
  ReportBroken(absl::ResourceExhaustedError("no memory for a frame"), &events);
  EXPECT_THAT(events.broken,
              ElementsAre(Break::kCaller, Break::kDeadline, Break::kShutdown, Break::kFailure, Break::kFailure));
  EXPECT_THAT(events.refused, IsEmpty());
  ReportRefused(absl::CancelledError("gone before it was submitted"), &events);
  EXPECT_EQ(events.broken.back(), Break::kCaller);
  ReportBroken(absl::InvalidArgumentError("ln p~ is not finite"), &events);
  EXPECT_THAT(events.refused, ElementsAre(Refusal::kInvalid));
}

TEST(CallEventsTest, NobodyIsToldWithoutAnObserver) {
  ReportRefused(absl::InvalidArgumentError("wrong"), nullptr);
  ReportBroken(absl::CancelledError("gone"), nullptr);
  ReportRows(FakeInfo(), {}, {}, nullptr);
}

using ObservedRowsTest = RowCallTest;

// Rows x of the fake engine: logits (1, 2, 3) x[0] and ln p~ -|x|^2, in scaled units. Quantiles -10, 0, 10.
TEST_F(ObservedRowsTest, EveryRowOfClassifyAndScoreIsObserved) {
  const OwnTensor rows = FloatTensor({2, 4}, {4, 2, 2, 2, 2, 2, 2, 2});
  const float largest = std::exp(3.0F) / (std::exp(1.0F) + std::exp(2.0F) + std::exp(3.0F));
  const auto expect_figures = [&] {
    EXPECT_THAT(model_->events.percentiles, ElementsAre(FloatNear(45, 1e-4F), FloatNear(50, 1e-4F)));
    EXPECT_THAT(model_->events.max_softmaxes, ElementsAre(FloatNear(largest, 1e-6F), FloatNear(1.0F / 3, 1e-6F)));
  };
  for (const bool calibrated : {false, true}) {  // the same figures, at temperature 1
    RowCall call = NewCall(model_);
    ASSERT_EQ(call.Classify(rows.view(), {.calibrated = calibrated}, {}, [](const auto& /*answer*/) {}),
              absl::OkStatus());
    model_->Crank(1);
    expect_figures();
    EXPECT_THAT(model_->events.p_values, IsEmpty());
  }
  for (const bool asked : {false, true}) {
    RowCall call = NewCall(model_);
    ASSERT_EQ(call.Score(rows.view(), {.max_softmax = asked, .percentile = asked, .p_value = asked}, {}, Keep()),
              absl::OkStatus());
    model_->Crank(1);
    expect_figures();
    EXPECT_EQ(model_->events.p_values, (*scores_)->p_values);
    EXPECT_EQ(model_->events.p_values.size(), asked ? 2U : 0U);
  }
  EXPECT_EQ(model_->events.answers, 4);
}

TEST_F(ObservedRowsTest, ModelsWithoutPercentilesAndClassesHaveNone) {
  ModelInfo density = FakeInfo();
  density.spec.class_labels = {"all"};
  density.log_density_quantiles.clear();
  const auto model = std::make_shared<FakeModel>(density);
  RowCall call = NewCall(model);
  const OwnTensor rows = FloatTensor({1, 4}, {4, 2, 2, 2});
  ASSERT_EQ(call.Score(rows.view(), {}, {}, Keep()), absl::OkStatus());
  model->Crank(1);
  EXPECT_EQ(model->events.answers, 1);
  EXPECT_THAT(model->events.percentiles, IsEmpty());
  EXPECT_THAT(model->events.max_softmaxes, IsEmpty());
}

TEST_F(ObservedRowsTest, ARowWithGapsHasTheFiguresOfItsAnswer) {
  const auto model = std::make_shared<FakeModel>(InfoWithBase());
  model->base = std::make_shared<reference::NormalBase>(4, 0.0F, 1.0F);
  RowCall call = NewCall(model);
  const OwnTensor rows = FloatTensor({2, 4}, {4, 2, std::nanf(""), 2, 2, 2, 2, 2});
  ASSERT_EQ(call.Score(rows.view(), {.max_softmax = true, .percentile = true}, {}, Keep()), absl::OkStatus());
  model->Crank(20);
  ASSERT_TRUE(scores_.has_value() && scores_->ok());
  EXPECT_EQ(model->events.percentiles, (*scores_)->percentiles);
  EXPECT_EQ(model->events.max_softmaxes, (*scores_)->max_softmaxes);
  const std::vector<float> percentiles = model->events.percentiles;
  RowCall plain = NewCall(model);
  ASSERT_EQ(plain.Score(rows.view(), {}, {}, Keep()), absl::OkStatus());
  model->Crank(20);
  EXPECT_EQ(model->events.percentiles, percentiles) << "one figure per row, as of requests that ask for it";
}

TEST_F(ObservedRowsTest, RefusedAndBrokenRowsAreNotObserved) {
  const OwnTensor huge = FloatTensor({1, 4}, {1e30F, 2, 2, 2});
  RowCall call = NewCall(model_);
  ASSERT_EQ(call.Score(huge.view(), {}, {}, Keep()), absl::OkStatus());
  model_->Crank(1);
  const OwnTensor row = FloatTensor({1, 4}, {2, 2, 2, 2});
  RowCall cancelled = NewCall(model_);
  ASSERT_EQ(cancelled.Score(row.view(), {}, {}, Keep()), absl::OkStatus());
  cancelled.Cancel(absl::CancelledError("gone"));
  model_->Crank(1);
  EXPECT_EQ(model_->events.answers, 0);
  EXPECT_THAT(model_->events.refused, ElementsAre(Refusal::kInvalid));
  EXPECT_THAT(model_->events.broken, ElementsAre(Break::kCaller));
}

TEST_F(ObservedRowsTest, ACallNotesItsRowsAndTimes) {
  CallWork work;
  RowCall call = NewCall(model_);
  const OwnTensor rows = FloatTensor({6, 4}, std::vector<float>(24));
  ASSERT_EQ(call.Score(rows.view(), {}, {.work = &work}, Keep()), absl::OkStatus());
  clock_.Advance(absl::Milliseconds(2));
  model_->Crank(1);  // four of the rows
  clock_.Advance(absl::Milliseconds(3));
  model_->Crank(1);
  EXPECT_EQ(work.model, "fake");
  EXPECT_EQ(work.version, "1");
  EXPECT_EQ(work.rows, 6);
  EXPECT_EQ(work.queued, absl::Milliseconds(2));
  EXPECT_EQ(work.computed, absl::Milliseconds(3));
}

TEST_F(ObservedRowsTest, ACallThatNeverRanHasOnlyWaited) {
  CallWork work;
  RowCall call = NewCall(model_);
  const OwnTensor row = FloatTensor({1, 4}, {2, 2, 2, 2});
  ASSERT_EQ(call.Score(row.view(), {}, {.work = &work}, Keep()), absl::OkStatus());
  clock_.Advance(absl::Milliseconds(2));
  call.Cancel(absl::CancelledError("gone"));
  model_->Crank(1);
  EXPECT_EQ(work.queued, absl::Milliseconds(2));
  EXPECT_EQ(work.computed, absl::ZeroDuration());
}

TEST_F(ObservedRowsTest, ARefusedCallHasItsModelAndNoTimes) {
  CallWork work;
  RowCall call = NewCall(model_);
  const OwnTensor wide = FloatTensor({1, 5}, std::vector<float>(5));
  EXPECT_FALSE(call.Score(wide.view(), {}, {.work = &work}, Keep()).ok());
  EXPECT_EQ(work.model, "fake");
  EXPECT_EQ(work.queued, std::nullopt);
  EXPECT_THAT(model_->events.refused, ElementsAre(Refusal::kInvalid));
}

}  // namespace
}  // namespace ebm::inference
