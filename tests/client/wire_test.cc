#include "client/wire.h"

#include <string>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

TEST(TensorTest, IsTheSameAfterTheRoundTrip) {
  const MatrixBuffer matrix({0.0F, -1.5F, 1e-30F, 3.0F, 1e30F, 7.0F}, 3, 2);
  const auto back = FromProto("x", ToProto(matrix.view()), 3);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->values(), matrix.values());
  EXPECT_EQ(back->cols(), 2);
}

TEST(TensorTest, IsLittleEndian) {
  const MatrixBuffer one({1.0F}, 1, 1);
  EXPECT_EQ(ToProto(one.view()).data(), std::string("\x00\x00\x80\x3f", 4));
}

TEST(TensorTest, RefusesShapesThatDoNotFitTheBytes) {
  const v1::Tensor good = FloatTensor({1, 2, 3, 4}, 2);
  ASSERT_TRUE(FromProto("x", good, 2).ok());

  v1::Tensor tensor = good;
  tensor.set_data_type(v1::DATA_TYPE_UINT8);
  EXPECT_THAT(FromProto("x", tensor, 2).status().ToString(), HasSubstr("x.data_type"));
  tensor = good;
  tensor.add_shape(1);
  EXPECT_THAT(FromProto("x", tensor, 2).status().ToString(), HasSubstr("rank of x is 3"));
  EXPECT_THAT(FromProto("x", good, 3).status().ToString(), HasSubstr("x.shape[0] is 2, expected 3"));
  for (const int64_t columns : {int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{3}, int64_t{1} << 62}) {
    tensor = good;
    tensor.set_shape(1, columns);
    EXPECT_FALSE(FromProto("x", tensor, 2).ok()) << columns;
  }
}

TEST(TensorTest, RefusesEveryTruncation) {
  const v1::Tensor good = FloatTensor({1, 2, 3, 4}, 2);
  for (size_t length = 0; length < good.data().size(); ++length) {
    v1::Tensor tensor = good;
    tensor.mutable_data()->resize(length);
    EXPECT_FALSE(FromProto("x", tensor, 2).ok()) << length;
  }
}

TEST(FrameTest, RefusesColumnsOfAnotherLength) {
  v1::SampleFrame frame = FrameOf(1, {0, 1}, {1, 2, 3, 4}, false).frame();
  ASSERT_TRUE(FromProto(frame, {.chains = 2}).ok());
  EXPECT_FALSE(FromProto(frame, {.chains = 1}).ok());
  frame.add_log_densities(0.0F);
  EXPECT_THAT(FromProto(frame, {.chains = 2}).status().ToString(),
              HasSubstr("length of log_densities is 3, expected 2"));
}

TEST(SummaryTest, CarriesSettingsAndDivergedChains) {
  v1::SampleSummary summary;
  summary.mutable_sampler()->set_steps(7);
  summary.mutable_sampler()->mutable_metropolis_langevin()->set_step_size(0.5F);
  summary.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
  summary.add_diverged_chains()->set_chain(4);
  summary.mutable_diverged_chains(0)->set_step(6);
  const SampleSummary plain = *FromProto(summary, {.chains = 5});
  ASSERT_TRUE(plain.sampler.has_value());
  EXPECT_EQ(plain.sampler->steps, 7U);
  EXPECT_EQ(std::get<MetropolisLangevin>(plain.sampler->kernel).step_size, 0.5F);
  EXPECT_EQ(plain.sampler->start, ChainStart::kBuffer);
  ASSERT_EQ(plain.diverged_chains.size(), 1U);
  EXPECT_EQ(plain.diverged_chains[0].chain, 4U);
  EXPECT_EQ(plain.diverged_chains[0].step, 6U);
}

// The rest of the answer is of use to a client that is older than its server.
TEST(SummaryTest, HasNoSettingsIfTheirKernelIsNotKnown) {
  v1::SampleSummary summary;
  summary.mutable_sampler()->set_steps(7);
  const auto plain = FromProto(summary, {.chains = 5});
  ASSERT_TRUE(plain.ok());
  EXPECT_FALSE(plain->sampler.has_value());
}

}  // namespace
}  // namespace ebm::client
