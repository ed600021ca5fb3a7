// Checkpoints that earlier builds wrote, one file per format version and kind of model, stay readable. A fixture is
// never written again; a new format version adds files.

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "model/checkpoint/checkpoint.h"
#include "model/io/file_bytes.h"

namespace ebm {
namespace {

std::string PathOf(const std::string& name) { return EBM_CHECKPOINT_FIXTURES "/" + name + ".safetensors"; }

Checkpoint Fixture(const std::string& name) {
  absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(PathOf(name));
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
  return checkpoint.ok() ? *std::move(checkpoint) : Checkpoint();
}

TEST(CheckpointFixturesTest, AVersion1PerceptronWithReplayedChains) {
  const Checkpoint checkpoint = Fixture("v1_mlp_langevin");
  EXPECT_EQ(checkpoint.spec.network, NetworkSpec(MlpSpec{.hidden_widths = {3}}));
  EXPECT_EQ(checkpoint.sampler.kernel, KernelSettings(Langevin{0.1F, 0.01F, true}));
  EXPECT_EQ(checkpoint.sampler.start, ChainStart::kUniform);
  EXPECT_EQ(checkpoint.sampler.steps, 200U);
  EXPECT_EQ(checkpoint.sampler.clamp_lower, -1.0F);
  EXPECT_FALSE(checkpoint.start_classes.empty());
  EXPECT_TRUE(checkpoint.calibration.has_value());
}

TEST(CheckpointFixturesTest, AVersion1PerceptronWithABaseDensityAndLnZ) {
  const Checkpoint checkpoint = Fixture("v1_mlp_metropolis_base");
  EXPECT_EQ(checkpoint.spec.base, kClassGaussiansBase);
  EXPECT_EQ(checkpoint.sampler.kernel, KernelSettings(MetropolisLangevin{2e-4F, 0.02F, 0}));
  EXPECT_EQ(checkpoint.sampler.start, ChainStart::kBase);
  EXPECT_FALSE(checkpoint.sampler.clamp_lower.has_value());
  EXPECT_NEAR(checkpoint.partition->log_z, 0.57189, 1e-5);
}

TEST(CheckpointFixturesTest, AVersion1ResidualNetwork) {
  const Checkpoint checkpoint = Fixture("v1_resnet_uniform");
  EXPECT_EQ(checkpoint.spec.network, NetworkSpec(ResnetSpec{.hidden_widths = {8}, .blocks_per_group = 1}));
  EXPECT_EQ(checkpoint.sampler.kernel, KernelSettings(Langevin{1.0F, 0.01F, false}));
  EXPECT_EQ(checkpoint.sampler.start, ChainStart::kUniform);
}

TEST(CheckpointFixturesTest, AVersion2Table) {
  const Checkpoint checkpoint = Fixture("v2_table");
  EXPECT_EQ(checkpoint.spec.num_values(), 4);
  EXPECT_EQ(checkpoint.spec.dimension(), 6);
  EXPECT_EQ(checkpoint.spec.columns.front().kind, ColumnKind::kIgnored);
  EXPECT_EQ(checkpoint.spec.columns[1].name, "income");
  EXPECT_TRUE(checkpoint.spec.columns[1].power.has_value());
  EXPECT_EQ(checkpoint.spec.columns[3].values.front().name, "dark blue");
  EXPECT_EQ(checkpoint.spec.class_labels.back(), "wild dog");
}

TEST(CheckpointFixturesTest, WrittenAgainTheyAreTheSameBytes) {
  for (const char* name : {"v1_mlp_langevin", "v1_mlp_metropolis_base", "v1_resnet_uniform", "v2_table"}) {
    EXPECT_EQ(SerializeCheckpoint(Fixture(name)), ReadFileBytes(PathOf(name)).value()) << name;
  }
}

}  // namespace
}  // namespace ebm
