#include "model/checkpoint/sampler_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/checkpoint/checkpoint.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string ContradictionIn(const SamplerSection& section) {
  return std::string(FromSection(section).status().message());
}

TEST(SamplerSectionTest, KeepsEverySettingOfEveryKernelAndStart) {
  Checkpoint checkpoint = SmallCheckpoint();
  for (const KernelSettings& kernel :
       {KernelSettings(Langevin{0.5F, 0.25F, true}), KernelSettings(MetropolisLangevin{0.5F, 0.25F, 7})}) {
    for (const ChainStart start : {ChainStart::kUniform, ChainStart::kBuffer}) {
      checkpoint.sampler.kernel = kernel;
      checkpoint.sampler.start = start;
      EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint);
    }
  }
  const SamplerSettings from_base = {.start = ChainStart::kBase};
  EXPECT_EQ(*FromSection(ToSection(from_base)), from_base);
}

TEST(SamplerSectionTest, RefusesFieldsThatContradictEachOther) {
  EXPECT_THAT(ContradictionIn({.final_noise_free_step = true, .metropolis = true}),
              HasSubstr("sampler.final_noise_free_step: true, must be false if sampler.metropolis is true"));
  EXPECT_THAT(ContradictionIn({.adaptation_steps = 5}), HasSubstr("sampler.adaptation_steps: 5, must be 0"));
  EXPECT_THAT(ContradictionIn({.start_from_buffer = true, .start_from_base = true}),
              HasSubstr("sampler.start_from_base: true, must be false if sampler.start_from_buffer is true"));
}

}  // namespace
}  // namespace ebm
