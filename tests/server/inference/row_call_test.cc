#include "server/inference/row_call.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/scoring/missing_values.h"
#include "tests/reference/normal_base.h"
#include "tests/server/inference/row_call_fixture.h"
#include "tests/support/fake_chain.h"
#include "tests/support/fake_row_engine.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kRowBytes = 4 * sizeof(float);

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

// The calibration's temperature of 2 halves the logits.
TEST_F(RowCallTest, SeveralAnswersComeFromOneEvaluation) {
  RowCall call = NewCall(model_);
  std::optional<absl::StatusOr<RowAnswers>> answers;
  const OwnTensor rows = FloatTensor({1, 4}, {4, 2, 2, 2});
  const RowQuestions questions = {.classify = {{}, {.calibrated = true}}, .score = ScoreOptions{.max_softmax = true}};
  CallWork work;
  const Caller caller = {.work = &work};
  ASSERT_EQ(call.Evaluate(rows.view(), questions, caller, [&](const auto& a) { answers = a; }), absl::OkStatus());
  clock_.Advance(absl::Milliseconds(2));
  model_->Crank(1);
  ASSERT_TRUE(answers.has_value() && answers->ok());
  const RowAnswers& all = **answers;
  ASSERT_EQ(all.classified.size(), 2U);
  EXPECT_EQ(all.scores.max_softmaxes[0], all.classified[0].probabilities[2]);
  EXPECT_GT(all.classified[0].probabilities[2], all.classified[1].probabilities[2]);
  EXPECT_THAT(all.scores.log_densities, ElementsAre(-1));
  EXPECT_EQ(work.queued, absl::Milliseconds(2));
  EXPECT_EQ(model_->scheduler().Stats().row_tiles, 1);
}

TEST_F(RowCallTest, OneQuestionThatTheModelCannotAnswerRefusesTheCall) {
  RowCall call = NewCall(std::make_shared<FakeModel>());
  const OwnTensor rows = FloatTensor({1, 4}, {4, 2, 2, 2});
  const RowQuestions questions = {.classify = {{}}, .score = ScoreOptions{.p_value = true}};
  EXPECT_EQ(call.Evaluate(rows.view(), questions, {}, [](const auto&) {}).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(RowCallTest, ARefusedCallIsNotAnsweredAndHoldsNothing) {
  const OwnTensor wide = FloatTensor({1, 5}, std::vector<float>(5));
  const OwnTensor many = FloatTensor({201, 4}, std::vector<float>(804));
  model_->limits().max_rows = 200;
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

// The base's spread is 1 in scaled units, half of that of the data's range.
class RowsWithGapsTest : public RowCallTest {
 protected:
  static std::shared_ptr<FakeModel> WithBase(uint64_t memory_limit = uint64_t{1} << 30) {
    auto model = std::make_shared<FakeModel>(InfoWithBase(), memory_limit);
    model->base = std::make_shared<reference::NormalBase>(4, 0.0F, 1.0F);
    return model;
  }

  Scores ScoresOf(const std::shared_ptr<FakeModel>& model, const OwnTensor& rows, const ScoreOptions& options) {
    RowCall call = NewCall(model);
    EXPECT_EQ(call.Score(rows.view(), options, {}, Keep()), absl::OkStatus());
    model->Crank(200);
    EXPECT_TRUE(scores_.has_value() && scores_->ok());
    return **scores_;
  }

  absl::Status Refusal(const std::shared_ptr<FakeModel>& model, const OwnTensor& rows, int64_t max_completed_rows) {
    model->limits().max_completed_rows = max_completed_rows;
    RowCall call = NewCall(model);
    const absl::Status status = call.Score(rows.view(), {}, {}, Keep());
    EXPECT_EQ(model->memory().held(), 0U);
    EXPECT_TRUE(NoCallIsOpen());
    return status;
  }

  static constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
  const OwnTensor gap_ = FloatTensor({1, 4}, {4, 2, kGap, 2});
};

TEST_F(RowsWithGapsTest, AreEvaluatedAtDrawsAndAnsweredTogether) {
  const auto model = WithBase();
  const MatrixBuffer scaled({1, 0, kGap, 0}, 1, 4);
  const CompletedRows completed = CompleteRows(*model->base, scaled.view());
  RowFigures of_draws;
  for (size_t i = 0; i < completed.rows.size(); i += 4) {
    const std::span<const float> row = std::span(completed.rows).subspan(i, 4);
    for (int y = 0; y < 3; ++y) of_draws.logits.push_back(batching::FakeRowEngine::Logit(row, y));
    of_draws.log_density.push_back(batching::FakeLogDensity(row));
    of_draws.log_ratio.push_back(batching::FakeRowEngine::LogRatio(row));
    of_draws.gradient_norm.push_back(batching::FakeRowEngine::GradientNorm(row));
    for (size_t j = 0; j < 2; ++j) of_draws.hidden_means.push_back(batching::FakeRowEngine::HiddenMean(row, j));
  }
  const RowFigures expected = CombineDraws(completed, of_draws);
  const Scores scores =
      ScoresOf(model, gap_, {.joint_log_densities = true, .gradient_norm = true, .hidden_means = true});
  EXPECT_EQ(scores.log_densities, expected.log_density);
  EXPECT_EQ(scores.joint_log_densities, expected.logits);
  EXPECT_EQ(scores.gradient_norms, expected.gradient_norm);
  EXPECT_EQ(scores.hidden_means, expected.hidden_means);
}

TEST_F(RowsWithGapsTest, HaveTheSameAnswerInAnyRequest) {
  const auto model = WithBase();
  const ScoreOptions all = {.gradient_norm = true, .percentile = true, .p_value = true, .normalized_log_density = true};
  const Scores alone = ScoresOf(model, gap_, all);
  const Scores together =
      ScoresOf(model, FloatTensor({4, 4}, {1, 2, 3, 4, kGap, 2, 2, kGap, 4, 2, kGap, 2, 0, 0, 0, 0}), all);
  const Scores complete = ScoresOf(model, FloatTensor({1, 4}, {0, 0, 0, 0}), all);
  for (const auto field : {&Scores::log_densities, &Scores::gradient_norms, &Scores::percentiles, &Scores::p_values,
                           &Scores::normalized_log_densities, &Scores::bits_per_dimension}) {
    ASSERT_EQ((together.*field).size(), 4U);
    EXPECT_EQ((together.*field)[2], (alone.*field)[0]);
    EXPECT_EQ((together.*field)[3], (complete.*field)[0]);
  }
}

TEST_F(RowsWithGapsTest, ThatLackEverythingHaveAnAnswer) {
  const Scores scores = ScoresOf(WithBase(), FloatTensor({1, 4}, {kGap, kGap, kGap, kGap}),
                                 {.p_value = true, .normalized_log_density = true});
  EXPECT_TRUE(std::isfinite(scores.log_densities[0]));
  EXPECT_TRUE(std::isfinite(scores.bits_per_dimension[0]));
  EXPECT_GT(scores.p_values[0], 0);
}

TEST_F(RowsWithGapsTest, NeedABaseDensityAndInfinityIsNoGap) {
  const absl::Status without = Refusal(model_, gap_, 100);
  EXPECT_EQ(without.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(without.message()), HasSubstr("inputs: row 0: value 2 is nan"));
  const OwnTensor infinite = FloatTensor({1, 4}, {4, 2, -std::numeric_limits<float>::infinity(), 2});
  EXPECT_THAT(std::string(Refusal(WithBase(), infinite, 100).message()), HasSubstr("value 2 is -inf"));
}

TEST_F(RowsWithGapsTest, AreLimitedByTheRowsThatTheyBecome) {
  const OwnTensor rows = FloatTensor({2, 4}, {4, 2, kGap, 2, 1, 1, 1, 1});
  EXPECT_EQ(Refusal(WithBase(), rows, 1 + kDrawsPerRow - 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Refusal(WithBase(), rows, 1 + kDrawsPerRow - 1).message()),
              HasSubstr("inputs: each row with missing values is evaluated 32 times, 33 evaluations in all, must be at "
                        "most 32"));
}

TEST_F(RowsWithGapsTest, HoldTheMemoryOfTheirDrawsUntilTheyAreAnswered) {
  {
    const auto model = WithBase();
    RowCall call = NewCall(model);
    ASSERT_EQ(call.Score(gap_.view(), {}, {}, Keep()), absl::OkStatus());
    EXPECT_GE(model->memory().held(), kDrawsPerRow * (kRowBytes + 5 * sizeof(float)));
    model->Crank(200);
    EXPECT_LT(model->memory().held(), kDrawsPerRow * kRowBytes) << "the answer is left";
  }
  const absl::Status refused = Refusal(WithBase(kDrawsPerRow * kRowBytes), gap_, 100);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the missing values need"));
}

}  // namespace
}  // namespace ebm::inference
