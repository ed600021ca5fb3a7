#include "gtest/gtest.h"
#include "model/checkpoint/checkpoint.h"
#include "model/spec/parameter_layout.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

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
  checkpoint.partition.reset();
  return checkpoint;
}

TEST(DiscreteCheckpointTest, ComesBackAsItWas) {
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(DiscreteCheckpoint()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, DiscreteCheckpoint());
}

}  // namespace
}  // namespace ebm
