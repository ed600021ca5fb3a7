#include "model/sampler/chain_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(ChainBatchTest, BeginsAtZerosWithoutAClass) {
  const ChainBatch chains(3, 2);
  EXPECT_EQ(chains.rows(), 3);
  EXPECT_EQ(chains.dimension(), 2);
  EXPECT_THAT(chains.states().values(), Each(0.0F));
  EXPECT_THAT(chains.classes(), Each(kNoClass));
  for (int64_t row = 0; row < 3; ++row) EXPECT_THAT(chains.free_coordinates(row), IsEmpty());
}

TEST(ChainBatchTest, SetPlacesAChainInItsRowAlone) {
  ChainBatch chains(3, 2);
  const std::vector<uint8_t> free = {1, 0};
  chains.Set(1, {.seed = 7, .chain = 5, .target_class = 4, .sampler = {.kernel = Langevin{0.25F, 0.5F}}}, 12,
             std::vector<float>{3, -4}, free);

  EXPECT_THAT(chains.states().row(1), ElementsAre(3, -4));
  EXPECT_THAT(chains.free_coordinates(1), ElementsAre(1, 0));
  EXPECT_EQ(chains.step(1), 12);
  EXPECT_EQ(chains.settings(1).seed, 7);
  EXPECT_EQ(chains.settings(1).chain, 5);
  EXPECT_EQ(chains.motion(1), (Motion{0.25F, 0.5F}));
  EXPECT_THAT(chains.classes(), ElementsAre(kNoClass, 4, kNoClass));
  for (const int64_t row : {0, 2}) EXPECT_THAT(chains.states().row(row), Each(0.0F));
}

TEST(ChainBatchTest, ANewChainInARowInheritsNothingOfTheOldOne) {
  ChainBatch chains(1, 2);
  chains.Set(0, {.seed = 1, .target_class = 3}, 9, std::vector<float>{1, 2}, std::vector<uint8_t>{0, 1});
  chains.Set(0, {.seed = 2}, 0, std::vector<float>{5, 6}, {});
  EXPECT_THAT(chains.states().row(0), ElementsAre(5, 6));
  EXPECT_THAT(chains.free_coordinates(0), IsEmpty());
  EXPECT_THAT(chains.classes(), ElementsAre(kNoClass));
  EXPECT_EQ(chains.step(0), 0);
  EXPECT_EQ(chains.settings(0).seed, 2);
}

TEST(ChainBatchTest, SeesANonFiniteNumberInAnyCoordinateOfTheRow) {
  for (const float bad : {kNan, kInfinity, -kInfinity}) {
    for (int64_t coordinate = 0; coordinate < 3; ++coordinate) {
      ChainBatch chains(3, 3);
      chains.states().row(1)[coordinate] = bad;
      EXPECT_TRUE(chains.IsFinite(0));
      EXPECT_FALSE(chains.IsFinite(1)) << bad << " at " << coordinate;
      EXPECT_TRUE(chains.IsFinite(2));
    }
  }
  ChainBatch chains(1, 1);
  chains.states().row(0)[0] = std::numeric_limits<float>::max();
  EXPECT_TRUE(chains.IsFinite(0));
}

}  // namespace
}  // namespace ebm
