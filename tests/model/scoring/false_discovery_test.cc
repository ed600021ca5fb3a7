#include "model/scoring/false_discovery.h"

#include <vector>

#include "gtest/gtest.h"

namespace ebm {
namespace {

using PValues = std::vector<float>;

// The example of the paper, section 3.2: fifteen tests at q = 0.05, of which the first four are rejected.
TEST(FalseDiscoveryTest, IsThePapersProcedure) {
  const PValues p = {0.0001F, 0.0004F, 0.0019F, 0.0095F, 0.0201F, 0.0278F, 0.0298F, 0.0344F,
                     0.0459F, 0.3240F, 0.4262F, 0.5719F, 0.6528F, 0.7590F, 1.000F};
  EXPECT_EQ(FalseDiscoveryCutoff(p, 0.05), 0.0095F);
}

TEST(FalseDiscoveryTest, ALaterPValueTakesEarlierOnesWithIt) {
  EXPECT_EQ(FalseDiscoveryCutoff(PValues{0.04F, 0.03F, 0.9F}, 0.06), 0.04F) << "0.03 alone is above 0.02";
}

TEST(FalseDiscoveryTest, FlagsNoneOfAnEmptyOrGoodBatch) {
  EXPECT_EQ(FalseDiscoveryCutoff(PValues(), 0.1), 0);
  EXPECT_EQ(FalseDiscoveryCutoff(PValues{0.2F, 0.5F, 0.9F}, 0.1), 0);
}

TEST(FalseDiscoveryTest, AValueAtItsBoundIsFlagged) {
  const float smallest = 1.0F / 100;
  EXPECT_EQ(FalseDiscoveryCutoff(PValues(10, smallest), 0.01), smallest);
}

}  // namespace
}  // namespace ebm
