// Chains that begin at rows with missing values.

#include "server/inference/sample_plan.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/energy_model.h"
#include "tests/reference/normal_base.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
namespace {

using ::testing::HasSubstr;

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
constexpr uint64_t kSeed = 11;

class GapsOfChainsTest : public ::testing::Test {
 protected:
  GapsOfChainsTest() { model_.base = base_; }

  static SampleRequest From(const OwnTensor& states, uint32_t chains) {
    SampleRequest request = {.chains = chains, .seed = kSeed};
    request.sampler = FakeInfo().sampler;
    request.sampler.start = ChainStart::kGiven;
    request.start_states = states.view();
    return request;
  }

  absl::StatusOr<SamplePlan> Plan(const SampleRequest& request, RequestLimits limits = {}) {
    model_.limits() = limits;
    absl::StatusOr<SamplePlan> plan = PlanSample(request, model_, 1);
    EXPECT_EQ(model_.memory().held(), 0U);
    return plan;
  }
  std::string Refusal(const SampleRequest& request, RequestLimits limits = {}) {
    return std::string(Plan(request, limits).status().message());
  }

  const std::shared_ptr<const BaseDensity> base_ = std::make_shared<reference::NormalBase>(4, 0.0F, 1.0F);
  FakeModel model_ = FakeModel(InfoWithBase());
  const OwnTensor gap_ = FloatTensor({1, 4}, {4, kGap, 2, 0});
};

TEST_F(GapsOfChainsTest, AreDrawnByTheSeedAndTheChainGivenTheOtherValues) {
  SampleRequest request = From(gap_, 3);
  request.first_chain = 5;
  const SamplePlan plan = *Plan(request);
  const std::vector<float> row = {1, kGap, 0, -1};
  std::vector<float> expected;
  for (uint32_t chain = 5; chain < 8; ++chain) {
    std::vector<float> drawn = row;
    base_->Given(row, kNoClass)->Draw(kSeed, chain, drawn);
    expected.insert(expected.end(), drawn.begin(), drawn.end());
  }
  EXPECT_EQ(plan.task.states, expected);
}

TEST_F(GapsOfChainsTest, OfEveryChainAreItsOwn) {
  const OwnTensor rows = FloatTensor({3, 4}, {4, kGap, 2, 0, kGap, 1, 2, 3, 4, kGap, 2, 0});
  const SamplePlan plan = *Plan(From(rows, 3));
  for (const float value : plan.task.states) EXPECT_FALSE(std::isnan(value));
  EXPECT_EQ(plan.task.states[5], -0.5F);
  EXPECT_NE(plan.task.states[1], plan.task.states[9]);
}

TEST_F(GapsOfChainsTest, MustNotBeHeld) {
  const OwnTensor first = ByteTensor({4}, std::string("\1\0\0\0", 4));
  const OwnTensor second = ByteTensor({4}, std::string("\0\1\0\0", 4));
  SampleRequest request = From(gap_, 2);
  request.held_coordinates = first.view();
  EXPECT_TRUE(Plan(request).ok());
  request.held_coordinates = second.view();
  EXPECT_EQ(Plan(request).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Refusal(request), HasSubstr("start_states: row 0 lacks a value that is held"));
}

TEST_F(GapsOfChainsTest, AreRefusedInTheMiddleOfAChainWithoutABaseAndIfTheyAreInfinite) {
  SampleRequest request = From(gap_, 2);
  request.first_step = 1;
  EXPECT_THAT(Refusal(request), HasSubstr("start_states: row 0: value 1 is nan"));
  request.state_units = StateUnits::kScaled;
  EXPECT_THAT(Refusal(request), HasSubstr("start_states.data: element 1 is nan"));
  const OwnTensor infinite = FloatTensor({1, 4}, {4, std::numeric_limits<float>::infinity(), 2, 0});
  EXPECT_THAT(Refusal(From(infinite, 2)), HasSubstr("value 1 is inf"));
  FakeModel without;
  const absl::Status refused = PlanSample(From(gap_, 2), without, 1).status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("start_states: row 0: value 1 is nan"));
}

// D (D + m^2) / 2 operations for each distinct row.
TEST_F(GapsOfChainsTest, CostOncePerRowHoweverManyChainsBeginThere) {
  const RequestLimits limits = {.max_completion_operations = 10};
  EXPECT_TRUE(Plan(From(gap_, 100), limits).ok());
  const OwnTensor two = FloatTensor({2, 4}, {4, kGap, 2, 0, 3, kGap, 2, 0});
  EXPECT_THAT(Refusal(From(two, 2), limits), HasSubstr("start_states: the missing values take about 20 operations"));
}

}  // namespace
}  // namespace ebm::inference
