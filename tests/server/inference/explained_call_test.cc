#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/inference/explanation.h"
#include "tests/server/inference/row_call_fixture.h"

namespace ebm::inference {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using ::testing::SizeIs;

// The fake ln p~ is -|x|^2, so each value is best at 2, which is 0 in scaled units.
class ExplainedCallTest : public RowCallTest {
 protected:
  static ModelInfo Info() {
    ModelInfo info = CalibratedInfo();
    info.spec.columns.front().step = 1;
    return info;
  }
  // Rounds until the call is done.
  void CrankUntilDone() {
    for (int round = 0; round < 1000 && !scores_.has_value(); ++round) stepped_->Crank(1);
    ASSERT_TRUE(scores_.has_value());
  }

  const std::shared_ptr<FakeModel> stepped_ = std::make_shared<FakeModel>(Info());
  const OwnTensor rows_ = FloatTensor({2, 4}, {4, 2, 3, 0, 2, 2, 2, 2});
};

TEST_F(ExplainedCallTest, RisesAndBestValuesComeWithTheScores) {
  RowCall call = NewCall(stepped_);
  ASSERT_EQ(call.Score(rows_.view(), {.normalized_log_density = true, .explanation = true}, {}, Keep()),
            absl::OkStatus());
  CrankUntilDone();
  ASSERT_TRUE(scores_->ok());
  EXPECT_THAT((*scores_)->log_densities, ElementsAre(-2.25F, 0));
  EXPECT_THAT((*scores_)->normalized_log_densities, SizeIs(2));
  EXPECT_THAT((*scores_)->explanation.rises, ElementsAre(1, 0, 0.25F, 1, 0, 0, 0, 0));
  EXPECT_THAT((*scores_)->explanation.best_values, Each(2));
}

TEST_F(ExplainedCallTest, NoMemoryIsHeldAfterwards) {
  {
    RowCall call = NewCall(stepped_);
    ASSERT_EQ(call.Score(rows_.view(), {.explanation = true}, {}, Keep()), absl::OkStatus());
    EXPECT_GE(stepped_->memory().held(), BytesOfExplanation(2, stepped_->info().spec));
    CrankUntilDone();
  }
  EXPECT_EQ(stepped_->memory().held(), 0U);
  EXPECT_TRUE(NoCallIsOpen());
}

TEST_F(ExplainedCallTest, MemoryThatIsNotThereIsRefusedBeforeAnythingIsEvaluated) {
  const auto small = std::make_shared<FakeModel>(Info(), BytesOfExplanation(2, stepped_->info().spec));
  RowCall call = NewCall(small);
  EXPECT_EQ(call.Score(rows_.view(), {.explanation = true}, {}, Keep()).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ExplainedCallTest, TooManyEvaluationsAreRefused) {
  stepped_->limits().max_explanation_evaluations = 2 * 4 * 48 - 1;
  RowCall call = NewCall(stepped_);
  const absl::Status refused = call.Score(rows_.view(), {.explanation = true}, {}, Keep());
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("384 evaluations, must be at most 383"));
  EXPECT_EQ(call.Score(rows_.view(), {}, {}, Keep()), absl::OkStatus());
  stepped_->Crank(1);
}

TEST_F(ExplainedCallTest, ACancelledCallEndsAtAnyOfItsTasks) {
  for (int rounds = 0;; ++rounds) {
    ASSERT_LT(rounds, 100);
    scores_.reset();
    RowCall call = NewCall(model_);
    ASSERT_EQ(call.Score(rows_.view(), {.explanation = true}, {}, Keep()), absl::OkStatus());
    model_->Crank(rounds);
    if (scores_.has_value()) break;  // it was done before
    call.Cancel(absl::CancelledError("the caller cancelled"));
    model_->Crank(1);
    ASSERT_TRUE(scores_.has_value()) << rounds;
    EXPECT_EQ(scores_->status(), absl::CancelledError("the caller cancelled"));
  }
}

// For the thread sanitizer, and for cancels that fall between two tasks.
TEST_F(ExplainedCallTest, ACancelFromAnotherThreadIsNotLost) {
  for (int yields = 0; yields < 50; ++yields) {
    std::atomic<int> answers = 0;
    absl::Status status;
    RowCall call = NewCall(model_);
    ASSERT_EQ(call.Score(rows_.view(), {.explanation = true}, {},
                         [&](const auto& scores) {
                           status = scores.status();
                           ++answers;
                         }),
              absl::OkStatus());
    std::thread worker([&] {
      while (answers == 0) model_->Crank(1);
    });
    for (int i = 0; i < yields; ++i) std::this_thread::yield();
    call.Cancel(absl::CancelledError("the caller cancelled"));
    worker.join();
    EXPECT_EQ(answers, 1);
    EXPECT_TRUE(status.ok() || absl::IsCancelled(status)) << status;
  }
}

TEST_F(ExplainedCallTest, ACallThatIsCancelledBeforeIsRefused) {
  RowCall call = NewCall(stepped_);
  call.Cancel(absl::CancelledError("the caller cancelled"));
  EXPECT_EQ(call.Score(rows_.view(), {}, {}, Keep()), absl::CancelledError("the caller cancelled"));
  EXPECT_EQ(stepped_->memory().held(), 0U);
}

TEST_F(ExplainedCallTest, ADrainThatBeginsMeanwhileEndsIt) {
  RowCall call = NewCall(stepped_);
  ASSERT_EQ(call.Score(rows_.view(), {.explanation = true}, {}, Keep()), absl::OkStatus());
  stepped_->scheduler().StopAdmission();
  CrankUntilDone();
  EXPECT_EQ(scores_->status().code(), absl::StatusCode::kUnavailable);
}

// Small requests are not held up: the fake engine takes 4 rows in a round, and this one's turn is the second.
TEST_F(ExplainedCallTest, AnotherRequestGetsItsTurn) {
  RowCall call = NewCall(model_);
  ASSERT_EQ(call.Score(rows_.view(), {.explanation = true}, {}, Keep()), absl::OkStatus());
  model_->Crank(2);
  RowCall small = NewCall(model_);
  std::optional<absl::StatusOr<Scores>> answer;
  ASSERT_EQ(small.Score(rows_.view(), {}, {}, [&](const auto& scores) { answer = scores; }), absl::OkStatus());
  model_->Crank(2);
  EXPECT_TRUE(answer.has_value());
  EXPECT_FALSE(scores_.has_value());
  for (int round = 0; round < 1000 && !scores_.has_value(); ++round) model_->Crank(1);
}

// Draw j of a missing coordinate is (j - 5) / 10 in scaled units: that of the highest ln p~ is 0.
class StepsBase final : public BaseDensity {
 public:
  int64_t dimension() const override { return 4; }
  void Evaluate(ConstMatrix /*x*/, std::span<const int32_t> /*classes*/, std::span<float> /*log_density*/,
                Matrix /*gradient*/) const override {}
  void Draw(uint64_t /*seed*/, uint32_t /*first_chain*/, int32_t /*target_class*/, Matrix /*states*/) const override {}
  std::unique_ptr<ConditionalDensity> Given(std::span<const float> /*x*/, int32_t /*target_class*/) const override {
    return std::make_unique<Conditional>();
  }

 private:
  class Conditional final : public ConditionalDensity {
   public:
    double log_marginal() const override { return 0; }
    void Draw(uint64_t /*seed*/, uint32_t chain, std::span<float> x) const override {
      std::ranges::replace_if(
          x, [](float value) { return std::isnan(value); }, (static_cast<float>(chain) - 5) / 10);
    }
  };
};

TEST_F(ExplainedCallTest, MissingValuesAreHeldAtTheirBestDraw) {
  ModelInfo info = Info();
  info.has_base_start = true;
  const auto model = std::make_shared<FakeModel>(info);
  model->base = std::make_shared<StepsBase>();
  RowCall call = NewCall(model);
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const OwnTensor rows = FloatTensor({2, 4}, {missing, 4, 2, 3, 0, 2, 2, 2});
  ASSERT_EQ(call.Score(rows.view(), {.explanation = true}, {}, Keep()), absl::OkStatus());
  for (int round = 0; round < 1000 && !scores_.has_value(); ++round) model->Crank(1);
  ASSERT_TRUE(scores_.has_value() && scores_->ok());
  EXPECT_THAT((*scores_)->explanation.rises, ElementsAre(IsNan(), 1, 0, 0.25F, 1, 0, 0, 0));
  EXPECT_THAT((*scores_)->explanation.best_values, ElementsAre(IsNan(), 2, 2, 2, 2, 2, 2, 2));
}

}  // namespace
}  // namespace ebm::inference
