#include "model/offline/partition/chain_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ChainWeights APart(int64_t first_chain, const std::vector<double>& forward) {
  return {.first_chain = first_chain,
          .forward = forward,
          .reverse = forward,
          .path = {.betas = {0, 0.5, 1}, .step_sizes = {1, 1, 2}},
          .acceptance = 0.5,
          .length = 2};
}

std::string JoinRefusal(std::vector<ChainWeights> parts) {
  return std::string(JoinParts(std::move(parts)).status().message());
}

TEST(JoinPartsTest, OrdersPartsByTheirChains) {
  ChainWeights last = APart(2, {3, 4, 5});
  last.acceptance = 1;
  const ChainWeights joined = JoinParts({last, APart(0, {1, 2})}).value();
  EXPECT_EQ(joined.first_chain, 0);
  EXPECT_THAT(joined.forward, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(joined.reverse, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_DOUBLE_EQ(joined.acceptance, (2 * 0.5 + 3 * 1) / 5);
}

TEST(JoinPartsTest, RefusesPartsThatAreNotOneRun) {
  EXPECT_THAT(JoinRefusal({}), HasSubstr("no part"));
  EXPECT_THAT(JoinRefusal({APart(2, {1, 2})}), HasSubstr("a part is missing"));
  EXPECT_THAT(JoinRefusal({APart(0, {1, 2}), APart(3, {1, 2})}),
              HasSubstr("the parts before chain 3 end with chain 1: a part is missing"));
  EXPECT_THAT(JoinRefusal({APart(0, {1, 2}), APart(1, {1, 2})}), HasSubstr("two parts have chains in common"));
  EXPECT_THAT(JoinRefusal({APart(0, {1, 2}), APart(0, {1, 2})}), HasSubstr("two parts have chains in common"));
  ChainWeights other_path = APart(2, {1, 2});
  other_path.path.betas[1] = 0.4;
  EXPECT_THAT(JoinRefusal({APart(0, {1, 2}), other_path}), HasSubstr("another annealing path"));
  other_path = APart(2, {1, 2});
  other_path.path.step_sizes[1] = 3;
  EXPECT_THAT(JoinRefusal({APart(0, {1, 2}), other_path}), HasSubstr("another annealing path"));
}

PartitionResult GoodResult() {
  return {.forward = {.log_mean = 3, .standard_error = 0.05, .effective_sample_size = 300},
          .reverse = {.log_mean = 3.1, .standard_error = 0.05, .effective_sample_size = 300},
          .chains = 1000,
          .steps = 50};
}

TEST(CheckClaimTest, HoldsEachOfItsLimits) {
  EXPECT_TRUE(CheckClaim(GoodResult(), {}).ok());
  struct Case {
    std::function<void(PartitionResult&)> change;
    std::string message;
  };
  const std::vector<Case> cases = {
      {[](PartitionResult& r) { r.forward.effective_sample_size = 99; },
       "the forward run's effective sample size is 99.0"},
      {[](PartitionResult& r) { r.reverse.effective_sample_size = 99; },
       "the reverse run's effective sample size is 99.0"},
      {[](PartitionResult& r) { r.chains = 8000; }, "below the limit of 400"},
      {[](PartitionResult& r) { r.reverse.log_mean = 3.6; }, "forward and reverse are 0.600 nats apart"},
      {[](PartitionResult& r) { r.reverse.log_mean = 2.4; }, "forward and reverse are 0.600 nats apart"},
      {[](PartitionResult& r) { r.reverse.log_mean = NAN; }, "nats apart"},
      {[](PartitionResult& r) { r.forward.standard_error = r.reverse.standard_error = 0.02; },
       "0.100 nats apart, above the limit of 0.099"}};
  for (const Case& one : cases) {
    PartitionResult result = GoodResult();
    one.change(result);
    const absl::Status status = CheckClaim(result, {});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.message));
  }
}

}  // namespace
}  // namespace ebm
