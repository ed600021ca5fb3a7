#include "client/cli/sample_assembly.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// States of one value per chain, 100 * step + chain, with their negatives as log densities.
SampleFrame Frame(uint32_t step, const std::vector<uint32_t>& chains, bool final) {
  std::vector<float> values;
  values.reserve(chains.size());
  for (const uint32_t chain : chains) values.push_back(static_cast<float>(100 * step + chain));
  std::vector<float> log_densities = values;
  for (float& value : log_densities) value = -value;
  return {.step = step,
          .chains = chains,
          .states = MatrixBuffer(values, static_cast<int64_t>(chains.size()), 1),
          .log_densities = log_densities,
          .final = final};
}

SampleSummary Diverged(std::vector<DivergedChain> chains) {
  SampleSummary summary;
  summary.diverged_chains = std::move(chains);
  return summary;
}

TEST(SampleAssemblyTest, RowsStandInTheOrderOfChainsHoweverFramesCome) {
  std::vector<SampleFrame> frames = {Frame(1, {0, 1}, false), Frame(1, {2}, false), Frame(2, {2}, true),
                                     Frame(2, {1, 0}, true)};
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    SampleAssembly samples(3, 1);
    for (const size_t i : order) samples.Add(frames[i]);
    ASSERT_TRUE(samples.Finish({}).ok());
    EXPECT_THAT(samples.states().values(), ElementsAre(200, 201, 202));
    EXPECT_THAT(samples.log_densities(), ElementsAre(-200, -201, -202));
  } while (std::ranges::next_permutation(order).found);
}

TEST(SampleAssemblyTest, ADivergedChainIsNanAlone) {
  SampleAssembly samples(3, 1);
  samples.Add(Frame(1, {0, 1, 2}, false));
  samples.Add(Frame(2, {0, 2}, true));
  ASSERT_TRUE(samples.Finish(Diverged({{.chain = 1, .step = 2}})).ok());
  EXPECT_EQ(samples.states().row(0)[0], 200.0F);
  EXPECT_TRUE(std::isnan(samples.states().row(1)[0]));
  EXPECT_TRUE(std::isnan(samples.log_densities()[1]));
  EXPECT_EQ(samples.states().row(2)[0], 202.0F);
}

TEST(SampleAssemblyTest, AllChainsMayDivergeBeforeAnyFrame) {
  SampleAssembly samples(2, 3);
  ASSERT_TRUE(samples.Finish(Diverged({{.chain = 0, .step = 1}, {.chain = 1, .step = 1}})).ok());
  EXPECT_EQ(samples.states().rows(), 2);
  EXPECT_TRUE(std::ranges::all_of(samples.states().values(), [](float v) { return std::isnan(v); }));
}

TEST(SampleAssemblyTest, AChainThatNeverEndedIsAnError) {
  SampleAssembly samples(2, 1);
  samples.Add(Frame(2, {0}, true));
  samples.Add(Frame(1, {1}, false));
  EXPECT_THAT(samples.Finish({}).ToString(), HasSubstr("no final state of chain 1"));
}

TEST(SampleAssemblyTest, StatesOfAnotherDimensionAreAnError) {
  SampleAssembly samples(1, 2);
  samples.Add(Frame(1, {0}, true));
  EXPECT_THAT(samples.Finish({}).ToString(), HasSubstr("states of 1 values, expected the model's dimension 2"));
}

TEST(SampleAssemblyTest, AnUnknownDivergedChainIsAnError) {
  SampleAssembly samples(1, 1);
  EXPECT_THAT(samples.Finish(Diverged({{.chain = 1, .step = 1}})).ToString(), HasSubstr("diverged chain 1 of 1"));
}

TEST(SampleAssemblyTest, CountsProgress) {
  SampleAssembly samples(2, 1);
  EXPECT_EQ(samples.chain_steps(), 0U);
  EXPECT_EQ(samples.chains_ended(), 0U);
  samples.Add(Frame(3, {0, 1}, false));
  samples.Add(Frame(5, {1}, true));
  EXPECT_EQ(samples.chain_steps(), 8U);
  EXPECT_EQ(samples.chains_ended(), 1U);
}

TEST(SampleAssemblyTest, TakesNoMemoryBeforeTheFirstFrame) {
  const SampleAssembly samples(4294967295U, int64_t{1} << 30);
  EXPECT_EQ(samples.states().rows(), 0);
}

}  // namespace
}  // namespace ebm::client
