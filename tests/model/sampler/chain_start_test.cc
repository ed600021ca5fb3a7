#include "model/sampler/chain_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/random.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::AreEquallyLikely;
using reference::kAllowedFailure;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

constexpr uint64_t kSeed = 99;

MatrixBuffer UniformStart(uint64_t seed, uint32_t first_chain, int64_t chains, int64_t dimension = 6) {
  MatrixBuffer states(chains, dimension);
  FillUniformStart(seed, first_chain, -0.5F, 2.0F, states.view());
  return states;
}

TEST(UniformLevelsTest, EveryLevelIsEquallyLikely) {
  constexpr int64_t kChains = 20000;
  MatrixBuffer states(kChains, 3);
  const std::vector<int32_t> levels = {2, 5, 17};
  FillUniformLevels(kSeed, 0, levels, states.view());
  for (int64_t i = 0; i < 3; ++i) {
    std::vector<int64_t> counts(static_cast<size_t>(levels[i]));
    for (int64_t row = 0; row < kChains; ++row) ++counts.at(static_cast<size_t>(states.row(row)[i]));
    EXPECT_TRUE(AreEquallyLikely(counts, kAllowedFailure / 3)) << "coordinate " << i;
  }
}

// Six stored states with one coordinate, whose value is the state's index, of classes 0, 1, 2, 0, 1, 0.
class StoredStatesTest : public testing::Test {
 protected:
  bool Start(int32_t target_class, uint32_t first_chain, MatrixBuffer& states, uint64_t seed = kSeed) const {
    return FillStartFromStates(seed, first_chain, target_class, stored_.view(), classes_, states.view());
  }

  const MatrixBuffer stored_{{0, 1, 2, 3, 4, 5}, 6, 1};
  const std::vector<int32_t> classes_ = {0, 1, 2, 0, 1, 0};
};

TEST(UniformStartTest, LiesInTheBox) {
  EXPECT_THAT(UniformStart(kSeed, 0, 1000).values(), Each(AllOf(Ge(-0.5F), Le(2.0F))));
}

TEST(UniformStartTest, IsTheDocumentedFunctionOfSeedAndChain) {
  const MatrixBuffer states = UniformStart(kSeed, 40, 3);
  for (uint32_t row = 0; row < 3; ++row) {
    std::vector<float> uniforms(6);
    FillUniform({.seed = kSeed, .stream = RandomStream::kChainStart, .chain = 40 + row}, uniforms);
    for (size_t i = 0; i < uniforms.size(); ++i) EXPECT_FLOAT_EQ(states.row(row)[i], -0.5F + 2.5F * uniforms[i]);
  }
}

TEST(UniformStartTest, FillsTheBoxEvenly) {
  const MatrixBuffer states = UniformStart(kSeed, 0, 1 << 15, 2);
  std::vector<int64_t> cells(16 * 16);
  for (int64_t row = 0; row < states.rows(); ++row) {
    const auto cell = [&](int64_t i) { return static_cast<size_t>((states.row(row)[i] + 0.5F) / 2.5F * 16); };
    ++cells[cell(0) * 16 + cell(1)];
  }
  EXPECT_TRUE(AreEquallyLikely(cells, kAllowedFailure));
}

// The chains of a request that is split into parts begin at the same states as those of the whole.
TEST(UniformStartTest, AChainsStartDoesNotDependOnTheNumberOfChainsAsked) {
  const MatrixBuffer all = UniformStart(kSeed, 0, 20);
  const MatrixBuffer some = UniformStart(kSeed, 7, 5);
  for (int64_t row = 0; row < 5; ++row) {
    EXPECT_TRUE(std::ranges::equal(some.row(row), all.row(7 + row))) << row;
  }
}

TEST(UniformStartTest, SeedsAndChainsBeginApart) {
  EXPECT_NE(UniformStart(kSeed, 0, 4).values(), UniformStart(kSeed + 1, 0, 4).values());
  const MatrixBuffer states = UniformStart(kSeed, 0, 100, 3);
  std::set<std::vector<float>> distinct;
  for (int64_t row = 0; row < 100; ++row) distinct.emplace(states.row(row).begin(), states.row(row).end());
  EXPECT_EQ(distinct.size(), 100);
}

TEST_F(StoredStatesTest, AClassBeginsAtItsOwnStatesEquallyOften) {
  MatrixBuffer states(3000, 1);
  ASSERT_TRUE(Start(0, 0, states));
  std::vector<int64_t> counts(6);
  for (const float value : states.values()) ++counts[static_cast<size_t>(value)];
  EXPECT_THAT(counts, ElementsAre(counts[0], 0, 0, counts[3], 0, counts[5]));
  EXPECT_TRUE(AreEquallyLikely(std::vector<int64_t>{counts[0], counts[3], counts[5]}, kAllowedFailure));
}

TEST_F(StoredStatesTest, WithoutAClassEveryStateIsEquallyLikely) {
  MatrixBuffer states(3000, 1);
  ASSERT_TRUE(Start(kNoClass, 0, states));
  std::vector<int64_t> counts(6);
  for (const float value : states.values()) ++counts[static_cast<size_t>(value)];
  EXPECT_TRUE(AreEquallyLikely(counts, kAllowedFailure));
}

TEST_F(StoredStatesTest, TheChoiceIsTheDocumentedFunctionOfSeedAndChain) {
  MatrixBuffer states(20, 1);
  ASSERT_TRUE(Start(1, 5, states));
  const std::vector<float> of_class_1 = {1, 4};
  for (uint32_t row = 0; row < 20; ++row) {
    const RandomKey key = {.seed = kSeed, .stream = RandomStream::kBufferChoice, .chain = 5 + row};
    EXPECT_EQ(states.row(row)[0], of_class_1[UniformInteger(key, 0, 2)]);
  }
}

TEST_F(StoredStatesTest, AChainsStartDoesNotDependOnTheNumberOfChainsAsked) {
  MatrixBuffer all(50, 1);
  MatrixBuffer some(10, 1);
  ASSERT_TRUE(Start(kNoClass, 0, all));
  ASSERT_TRUE(Start(kNoClass, 30, some));
  for (int64_t row = 0; row < 10; ++row) EXPECT_EQ(some.row(row)[0], all.row(30 + row)[0]);
}

TEST_F(StoredStatesTest, CopiesWholeRows) {
  const MatrixBuffer stored({1, 2, 3, 4, 5, 6}, 2, 3);
  MatrixBuffer states(1, 3);
  ASSERT_TRUE(FillStartFromStates(kSeed, 0, 8, stored.view(), std::vector<int32_t>{7, 8}, states.view()));
  EXPECT_THAT(states.values(), ElementsAre(4, 5, 6));
}

TEST_F(StoredStatesTest, SaysSoWhereThereIsNoStateToBeginFrom) {
  MatrixBuffer states({-7, -7}, 2, 1);
  EXPECT_FALSE(Start(3, 0, states));
  EXPECT_FALSE(FillStartFromStates(kSeed, 0, kNoClass, ConstMatrix(nullptr, 0, 1), {}, states.view()));
  EXPECT_THAT(states.values(), Each(-7.0F));
}

}  // namespace
}  // namespace ebm
