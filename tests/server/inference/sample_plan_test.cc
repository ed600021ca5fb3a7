// Chains that begin at rows with missing values, and states as bytes.

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

// 2 x 2 levels of this column.
ModelInfo LevelsInfo(DataColumn column) {
  ModelInfo info = FakeInfo();
  info.spec.network = RbmSpec{.hidden_units = 2};
  info.spec.base = kIndependentBase;
  column.domain = Domain::kLevels;
  column.scaling = ScalingToLevels(column);
  info.spec.columns = {std::move(column)};
  return info;
}

class StatesAsBytesTest : public ::testing::Test {
 protected:
  static SampleRequest Bytes(StateUnits units = StateUnits::kData) {
    return {.chains = 2,
            .seed = kSeed,
            .sampler = FakeInfo().sampler,
            .state_units = units,
            .state_type = StateType::kByte};
  }
  static std::string Refusal(const ModelInfo& info, const SampleRequest& request) {
    FakeModel model(info);
    return std::string(PlanSample(request, model, 1).status().message());
  }
  // The bytes of two states.
  static std::string BytesOf(const ModelInfo& info, const SampleRequest& request, const std::vector<float>& states) {
    FakeModel model(info);
    const absl::StatusOr<SamplePlan> plan = PlanSample(request, model, 1);
    EXPECT_TRUE(plan.ok()) << plan.status();
    batching::Frame frame;
    frame.chains = {0, 1};
    frame.states = states;
    std::string bytes;
    AppendStates(*plan, info.spec, frame, bytes);
    return bytes;
  }
};

TEST_F(StatesAsBytesTest, HaveAByteForEachValue) {
  const ModelInfo steps = LevelsInfo({.range = {1, 9}, .step = 2});
  EXPECT_EQ(BytesOf(steps, Bytes(), {0, 1, 2, 3, 4, 3, 2, 1}), std::string("\1\3\5\7\11\7\5\3"));
  EXPECT_EQ(BytesOf(steps, Bytes(StateUnits::kScaled), {0, 1, 2, 3, 4, 3, 2, 1}), std::string("\0\1\2\3\4\3\2\1", 8));
}

TEST_F(StatesAsBytesTest, NeedWholeNumbersUpTo255) {
  constexpr char kWords[] = "states_type: UINT8, but the values of column 1 are not all whole numbers from 0 to 255";
  EXPECT_THAT(Refusal(FakeInfo(), Bytes()), HasSubstr(kWords)) << "any number can come out of a model without levels";
  const ModelInfo spins = LevelsInfo({.range = {-1, 1}, .step = 2});
  EXPECT_THAT(Refusal(spins, Bytes()), HasSubstr(kWords));
  EXPECT_EQ(Refusal(spins, Bytes(StateUnits::kScaled)), "");
  EXPECT_THAT(Refusal(LevelsInfo({.range = {0, 1}, .step = 0.5F}), Bytes()), HasSubstr(kWords));
  const ModelInfo many = LevelsInfo({.range = {0, 256}, .step = 1});
  EXPECT_THAT(Refusal(many, Bytes()), HasSubstr(kWords));
  EXPECT_THAT(Refusal(many, Bytes(StateUnits::kScaled)), HasSubstr(kWords));
  EXPECT_EQ(Refusal(LevelsInfo({.range = {0, 255}, .step = 1}), Bytes()), "");
}

TEST_F(StatesAsBytesTest, NeedHeldValuesThatAreSuchNumbers) {
  const ModelInfo grey = LevelsInfo({.range = {0, 255}, .step = 255, .threshold = 100.0F});
  const OwnTensor states = FloatTensor({1, 4}, {3.5F, 200, 0, 0.25F});
  SampleRequest request = Bytes();
  request.sampler.start = ChainStart::kGiven;
  request.start_states = states.view();
  const OwnTensor held_second = ByteTensor({4}, std::string("\0\1\0\0", 4));
  request.held_coordinates = held_second.view();
  EXPECT_EQ(BytesOf(grey, request, {0, 1, 1, 0, 1, 1, 0, 0}), std::string("\0\xc8\xff\0\xff\xc8\0\0", 8))
      << "held values come back as they were given";
  const OwnTensor held_first = ByteTensor({4}, std::string("\1\0\0\0", 4));
  request.held_coordinates = held_first.view();
  EXPECT_THAT(Refusal(grey, request), HasSubstr("start_states holds 3.5, no whole number from 0 to 255"));
}

}  // namespace
}  // namespace ebm::inference
