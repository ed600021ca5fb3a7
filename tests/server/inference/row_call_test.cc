#include "server/inference/row_call.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kRowBytes = 4 * sizeof(float);

class RowCallTest : public testing::Test {
 protected:
  RowCall NewCall(std::shared_ptr<Model> model) { return {std::move(model), parts_}; }

  // What a call has submitted is answered here.
  RowCall::Done<Scores> Keep() {
    return [this](const absl::StatusOr<Scores>& answer) { scores_ = answer; };
  }
  bool NoCallIsOpen() { return open_calls_.WaitUntilNone(clock_.Now(), clock_); }

  const std::shared_ptr<FakeModel> model_ = std::make_shared<FakeModel>(CalibratedInfo());
  batching::FakeClock& clock_ = model_->clock();
  OpenCalls open_calls_;
  const CallParts parts_ = {
      .limits = {.max_rows = 200}, .clock = &clock_, .open_calls = &open_calls_, .delivery = nullptr};
  std::optional<absl::StatusOr<Scores>> scores_;
};

TEST_F(RowCallTest, RowsAreScaledEvaluatedAndAnswered) {
  RowCall call = NewCall(model_);
  const OwnTensor rows = FloatTensor({2, 4}, {4, 2, 2, 2, 2, 2, 2, 0});
  ASSERT_EQ(call.Score(rows.view(), {.joint_log_densities = true}, {}, Keep()), absl::OkStatus());
  EXPECT_FALSE(scores_.has_value());
  model_->Crank(1);
  ASSERT_TRUE(scores_.has_value() && scores_->ok());
  EXPECT_THAT((*scores_)->log_densities, ElementsAre(-1, -1));  // -|x|^2 of the fake engine
  EXPECT_THAT((*scores_)->joint_log_densities, ElementsAre(1, 2, 3, 0, 0, 0));
}

TEST_F(RowCallTest, ClassifyAnswersWithClasses) {
  RowCall call = NewCall(model_);
  std::optional<absl::StatusOr<Classification>> answer;
  const OwnTensor rows = FloatTensor({2, 4}, {4, 2, 2, 2, 0, 2, 2, 2});
  ASSERT_EQ(call.Classify(rows.view(), {.calibrated = true}, {}, [&](const auto& a) { answer = a; }), absl::OkStatus());
  model_->Crank(1);
  ASSERT_TRUE(answer.has_value() && answer->ok());
  EXPECT_THAT((*answer)->classes, ElementsAre(2, 0));
}

TEST_F(RowCallTest, ARefusedCallIsNotAnsweredAndHoldsNothing) {
  const OwnTensor wide = FloatTensor({1, 5}, std::vector<float>(5));
  const OwnTensor many = FloatTensor({201, 4}, std::vector<float>(804));
  for (const OwnTensor* bad : {&wide, &many}) {
    RowCall call = NewCall(model_);
    EXPECT_EQ(call.Score(bad->view(), {}, {}, Keep()).code(), absl::StatusCode::kInvalidArgument);
  }
  RowCall late = NewCall(model_);
  const OwnTensor row = FloatTensor({1, 4}, std::vector<float>(4));
  EXPECT_EQ(late.Score(row.view(), {}, {.deadline = clock_.Now()}, Keep()).code(), absl::StatusCode::kDeadlineExceeded);
  model_->Crank(2);
  EXPECT_FALSE(scores_.has_value());
  EXPECT_EQ(model_->memory().held(), 0U);
  EXPECT_TRUE(NoCallIsOpen());
}

TEST_F(RowCallTest, ACallIsOpenUntilItIsDestroyed) {
  {
    RowCall call = NewCall(model_);
    const OwnTensor row = FloatTensor({1, 4}, std::vector<float>(4));
    ASSERT_EQ(call.Score(row.view(), {}, {}, Keep()), absl::OkStatus());
    model_->Crank(1);
    EXPECT_FALSE(NoCallIsOpen()) << "the protocol still has the answer";
  }
  EXPECT_TRUE(NoCallIsOpen());
  EXPECT_EQ(model_->memory().held(), 0U);
}

TEST_F(RowCallTest, ACancelledCallEndsWithItsReason) {
  RowCall call = NewCall(model_);
  const OwnTensor row = FloatTensor({1, 4}, std::vector<float>(4));
  ASSERT_EQ(call.Score(row.view(), {}, {}, Keep()), absl::OkStatus());
  call.Cancel(absl::CancelledError("the caller cancelled"));
  model_->Crank(1);
  ASSERT_TRUE(scores_.has_value());
  EXPECT_EQ(scores_->status(), absl::CancelledError("the caller cancelled"));
}

TEST_F(RowCallTest, ADensityThatIsNotFiniteIsTheCallersFault) {
  RowCall call = NewCall(model_);
  const OwnTensor rows = FloatTensor({2, 4}, {2, 2, 2, 2, 1e30F, 2, 2, 2});
  ASSERT_EQ(call.Score(rows.view(), {}, {}, Keep()), absl::OkStatus());
  model_->Crank(1);
  ASSERT_TRUE(scores_.has_value());
  EXPECT_EQ(scores_->status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(scores_->status().message()), HasSubstr("inputs: row 1 "));
}

// Besides what the scheduler holds for the task (server/batching/task_memory.h).
TEST_F(RowCallTest, HoldsItsMessageItsAnswerAndRowsThatItsAnswerNeeds) {
  const OwnTensor rows = FloatTensor({100, 4}, std::vector<float>(400));
  const auto held_by = [&](const ScoreOptions& options, uint64_t message_bytes) {
    RowCall call = NewCall(model_);
    EXPECT_EQ(call.Score(rows.view(), options, {.message_bytes = message_bytes}, Keep()), absl::OkStatus());
    const uint64_t held = model_->memory().held();
    model_->Crank(100);
    return held;
  };
  const uint64_t plain = held_by({}, 0);
  EXPECT_GE(plain, 100 * (4 + 3 + 7) * sizeof(float)) << "inputs, joint log densities, and seven other results";
  EXPECT_EQ(held_by({}, 12345), plain + 12345);
  EXPECT_EQ(held_by({.normalized_log_density = true}, 0), plain + 100 * kRowBytes) << "the rows are kept for ln p(x)";
}

TEST_F(RowCallTest, RowsBeyondTheMemoryAreRefusedBeforeTheyAreDecoded) {
  const auto small = std::make_shared<FakeModel>(FakeInfo(), /*memory_limit=*/100 * kRowBytes - 1);
  RowCall call = NewCall(small);
  const OwnTensor rows = FloatTensor({100, 4}, std::vector<float>(400));
  const absl::Status status = call.Score(rows.view(), {}, {}, Keep());
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the rows need"));
}

}  // namespace
}  // namespace ebm::inference
