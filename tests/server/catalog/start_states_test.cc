#include "server/catalog/start_states.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"

namespace ebm::catalog {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr int64_t kStateSize = 2;

// States of the classes 0 and 2.
StartStates WithStored() { return {"stored", {-0.5F, -0.5F, 0.25F, 0.25F}, {0, 2}, /*base=*/nullptr}; }

ChainSettings From(ChainStart start, int32_t target_class = kNoClass) {
  return {.seed = 3, .target_class = target_class, .sampler = {.start = start}};
}

std::vector<float> Drawn(const StartStates& starts, const ChainSettings& first, int64_t count,
                         int64_t dimension = kStateSize) {
  MatrixBuffer states(count, dimension);
  EXPECT_EQ(starts.Draw(first, states.view()), absl::OkStatus());
  return std::move(states).TakeValues();
}

TEST(StartStatesTest, AreAFunctionOfSeedAndChain) {
  const StartStates starts = WithStored();
  for (const ChainStart start : {ChainStart::kUniform, ChainStart::kBuffer}) {
    const std::vector<float> whole = Drawn(starts, From(start), 20);
    ChainSettings later = From(start);
    later.chain = 7;
    EXPECT_EQ(Drawn(starts, later, 13), std::vector<float>(whole.begin() + 7 * kStateSize, whole.end()));
    ChainSettings other = From(start);
    other.seed = 4;
    EXPECT_NE(whole, Drawn(starts, other, 20));
  }
}

TEST(StartStatesTest, UniformStartsAreInTheStartBox) {
  const std::vector<float> states = Drawn(WithStored(), From(ChainStart::kUniform), 100);
  EXPECT_THAT(states, Each(Ge(-1)));
  EXPECT_THAT(states, Each(Le(1)));
}

TEST(StartStatesTest, UniformStartsOfLevelsAreLevels) {
  const StartStates starts("discrete", {}, {}, /*base=*/nullptr, {2, 3, 4, 5});
  const std::vector<float> states = Drawn(starts, From(ChainStart::kUniform), 100, 4);
  for (size_t i = 0; i < states.size(); ++i) {
    EXPECT_EQ(states[i], std::round(states[i]));
    EXPECT_THAT(states[i], AllOf(Ge(0), testing::Lt(2 + i % 4)));
  }
}

// Also for weighted chains, which begin at draws of another density.
TEST(StartStatesTest, DrawsFromTheBaseAreAFunctionOfSeedAndChain) {
  const reference::TestModel on_base =
      reference::WithRandomBase(3, kClassGaussiansBase, 0.3F, reference::RandomMlp(4, {4, {8}, 3}));
  const auto energy = *MakeEnergyModel(on_base.spec, on_base.tensors);
  const StartStates starts("on_base", {}, {}, energy->base_density());
  std::set<std::vector<float>> different;
  for (const KernelSettings& kernel : KernelKinds()) {
    for (const int32_t target_class : {kNoClass, 1}) {
      ChainSettings first = From(ChainStart::kBase, target_class);
      first.sampler.kernel = kernel;
      const std::vector<float> whole = Drawn(starts, first, 20, 4);
      first.chain = 7;
      EXPECT_EQ(Drawn(starts, first, 13, 4), std::vector<float>(whole.begin() + 7 * 4, whole.end()));
      different.insert(whole);
    }
  }
  EXPECT_EQ(different.size(), 3) << "of any class, of class 1, and of class 1 with weights";
}

TEST(StartStatesTest, BufferStartsAreStoredStates) {
  const StartStates starts = WithStored();
  EXPECT_THAT(Drawn(starts, From(ChainStart::kBuffer), 50), Each(AnyOf(-0.5F, 0.25F)));
  EXPECT_THAT(Drawn(starts, From(ChainStart::kBuffer, 2), 50), Each(0.25F));
}

TEST(StartStatesTest, WhatTheModelLacksIsRefused) {
  const StartStates none("bare", {}, {}, /*base=*/nullptr);
  EXPECT_EQ(none.Check(From(ChainStart::kUniform)), absl::OkStatus());
  const auto expect_refused = [](const StartStates& starts, const ChainSettings& settings, const std::string& words) {
    const absl::Status status = starts.Check(settings);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
    MatrixBuffer states(1, kStateSize);
    EXPECT_EQ(starts.Draw(settings, states.view()), status);
  };
  expect_refused(none, From(ChainStart::kBuffer), "model bare holds no states to start from");
  expect_refused(WithStored(), From(ChainStart::kBuffer, 1), "model stored holds no states of class 1");
  expect_refused(none, From(ChainStart::kBase), "model bare has no base density to start from");
  EXPECT_EQ(none.Check(From(ChainStart::kGiven)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ebm::catalog
