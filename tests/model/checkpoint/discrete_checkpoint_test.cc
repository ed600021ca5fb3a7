#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/checkpoint/checkpoint.h"
#include "model/spec/parameter_layout.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

// A restricted Boltzmann machine, whose columns are levels and whose chains are Gibbs chains.
Checkpoint DiscreteCheckpoint() {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.spec.network = RbmSpec{.hidden_units = 3};
  checkpoint.spec.activation = "";
  checkpoint.spec.columns = {{.range = {0, 1}, .step = 1}};
  checkpoint.spec.base = kIndependentBase;
  checkpoint.spec.UseDomainOfFamily();
  checkpoint.sampler = {.steps = 40, .kernel = Gibbs{0.5F, true}, .start = ChainStart::kBase};
  checkpoint.tensors = {{.name = kRbmWeight, .shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                        {.name = kRbmVisibleBias, .shape = {2}, .values = {1, 2}},
                        {.name = kRbmHiddenBias, .shape = {3}, .values = {1, 2, 3}},
                        {.name = kRbmClassWeight, .shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                        {.name = kRbmClassBias, .shape = {2}, .values = {1, 2}},
                        {.name = kBaseSiteLogits, .shape = {2}, .values = {1, 2}}};
  checkpoint.start_states = {0, 1, 1, 0};
  checkpoint.start_classes = {0, 1};
  checkpoint.partition.reset();
  return checkpoint;
}

TEST(DiscreteCheckpointTest, ComesBackAsItWas) {
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(DiscreteCheckpoint()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, DiscreteCheckpoint());
}

TEST(DiscreteCheckpointTest, ThresholdsComeBackAsTheyWere) {
  Checkpoint checkpoint = DiscreteCheckpoint();
  checkpoint.spec.columns = {{.range = {0, 255}, .step = 255, .threshold = 127.5F}};
  checkpoint.spec.UseDomainOfFamily();
  checkpoint.spec.columns[0].scaling = ScalingToLevels(checkpoint.spec.columns[0]);
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(checkpoint));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, checkpoint);
}

std::string RefusalOf(const Checkpoint& checkpoint) {
  return std::string(ParseCheckpoint(SerializeCheckpoint(checkpoint)).status().message());
}

TEST(DiscreteCheckpointTest, TheSamplerMustMoveChainsOfTheFamily) {
  Checkpoint discrete = DiscreteCheckpoint();
  discrete.sampler.kernel = Langevin();
  EXPECT_THAT(RefusalOf(discrete), HasSubstr("sampler.kernel: langevin does not move chains of family rbm"));
  Checkpoint real = SmallCheckpoint();
  real.sampler = DiscreteCheckpoint().sampler;
  EXPECT_THAT(RefusalOf(real), HasSubstr("sampler.kernel: gibbs does not move chains of family jem_mlp"));
}

// Its coordinates are real, and it has both a gradient and block conditionals.
Checkpoint RealBoltzmannCheckpoint() {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.spec.network = GaussianRbmSpec{.hidden_units = 3};
  checkpoint.spec.activation = "";
  checkpoint.sampler = {.steps = 40, .kernel = Gibbs{0.5F, true}, .start = ChainStart::kUniform};
  checkpoint.tensors = {{.name = kRbmWeight, .shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                        {.name = kRbmVisibleBias, .shape = {2}, .values = {1, 2}},
                        {.name = kRbmLogVariance, .shape = {2}, .values = {-1, 0.5F}},
                        {.name = kRbmHiddenBias, .shape = {3}, .values = {1, 2, 3}},
                        {.name = kRbmClassWeight, .shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                        {.name = kRbmClassBias, .shape = {2}, .values = {1, 2}}};
  return checkpoint;
}

TEST(RealBoltzmannCheckpointTest, ComesBackAsItWasWithEitherKindOfChains) {
  Checkpoint checkpoint = RealBoltzmannCheckpoint();
  EXPECT_EQ(*ParseCheckpoint(SerializeCheckpoint(checkpoint)), checkpoint);
  checkpoint.sampler.start_lower = -3;
  checkpoint.sampler.start_upper = 4;
  EXPECT_EQ(*ParseCheckpoint(SerializeCheckpoint(checkpoint)), checkpoint) << "the box of uniform starts";
  checkpoint.sampler = SmallCheckpoint().sampler;
  EXPECT_EQ(*ParseCheckpoint(SerializeCheckpoint(checkpoint)), checkpoint);
}

TEST(RealBoltzmannCheckpointTest, AnExactLnZNeedsNeitherABaseNorABox) {
  Checkpoint checkpoint = RealBoltzmannCheckpoint();
  checkpoint.partition = PartitionEstimate{.method = PartitionMethod::kExact, .log_z = 3, .reverse_log_z = 3};
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(checkpoint));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, checkpoint);
  EXPECT_TRUE(read->partition->Covers(std::vector<float>{1e9F, 0}));
}

TEST(RealBoltzmannCheckpointTest, RefusesAPartOfTheBaseInItsEnergy) {
  Checkpoint checkpoint = RealBoltzmannCheckpoint();
  checkpoint.spec.base = kClassGaussiansBase;
  checkpoint.spec.base_evidence = 0.5F;
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("base_evidence is 0.5; that of family gaussian_rbm"));
}

TEST(DiscreteCheckpointTest, StartStatesMustBeLevels) {
  Checkpoint checkpoint = DiscreteCheckpoint();
  checkpoint.start_states = {0, 1, 0, 0.5F};
  checkpoint.start_classes = {0, 1};
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("row 1: coordinate 1 is 0.5, must be a whole number from 0 to 1"));
}

TEST(DiscreteCheckpointTest, AnExactSumHasNoChains) {
  Checkpoint checkpoint = DiscreteCheckpoint();
  checkpoint.partition =
      PartitionEstimate{.method = PartitionMethod::kExact, .log_z = 3, .reverse_log_z = 3, .base = kIndependentBase};
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(checkpoint));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, checkpoint);
  checkpoint.partition->method = PartitionMethod::kAnnealing;
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("partition.chains: 0 is below the limit of 2"));
}

TEST(DiscreteCheckpointTest, BoundsAreInOrderAndOfKnownMethods) {
  Checkpoint checkpoint = DiscreteCheckpoint();
  checkpoint.partition = PartitionEstimate{.method = PartitionMethod::kExact,
                                           .log_z = 3,
                                           .reverse_log_z = 3,
                                           .base = kIndependentBase,
                                           .lower_bound = 2,
                                           .upper_bound = 4,
                                           .lower_method = "mean_field",
                                           .upper_method = "tree_reweighted"};
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(checkpoint));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, checkpoint);
  checkpoint.partition->upper_bound = 2.5;
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("log_z is exact, 3, and not between its bounds"));
  checkpoint.partition->upper_bound = 4;
  checkpoint.partition->lower_bound = 5;
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("log_z is exact, 3, and not between its bounds"));
  Checkpoint estimated = SmallCheckpoint();
  estimated.partition->lower_bound = 5;
  estimated.partition->upper_bound = 4;
  estimated.partition->lower_method = estimated.partition->upper_method = "mean_field";
  EXPECT_THAT(RefusalOf(estimated), HasSubstr("partition.lower_bound: 5 is above upper_bound, 4"));
  checkpoint.partition->lower_bound = std::nullopt;
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("must be there together"));
  checkpoint.partition->lower_bound = 2;
  checkpoint.partition->lower_method = "guess";
  EXPECT_THAT(RefusalOf(checkpoint), HasSubstr("partition.lower_method: 'guess' is not known"));
}

}  // namespace
}  // namespace ebm
