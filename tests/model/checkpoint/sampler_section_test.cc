#include "model/checkpoint/sampler_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/checkpoint_check.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

// A section with these fields added to, or in place of, those that every section has.
std::string ContradictionIn(const std::string& fields) {
  const std::string text = absl::StrCat(
      R"({"steps": 9, "step_size": 1, "noise_scale": 1, "start_lower": -1, "start_upper": 1, "clamp_lower": null, )",
      R"("clamp_upper": null, )", fields, "}");
  return std::string(ReadSamplerSection(text, "sampler").status().message());
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
  EXPECT_EQ(*ReadSamplerSection(WriteSamplerSection(from_base), "sampler"), from_base);
}

TEST(SamplerSectionTest, RefusesFieldsThatContradictEachOther) {
  EXPECT_THAT(ContradictionIn(R"("start_from_buffer": false, "final_noise_free_step": true, "metropolis": true)"),
              HasSubstr("sampler.final_noise_free_step: true, must be false if sampler.metropolis is true"));
  EXPECT_THAT(ContradictionIn(R"("start_from_buffer": false, "final_noise_free_step": false, "adaptation_steps": 5)"),
              HasSubstr("sampler.adaptation_steps: 5, must be 0"));
  EXPECT_THAT(ContradictionIn(R"("start_from_buffer": true, "final_noise_free_step": false, "start_from_base": true)"),
              HasSubstr("sampler.start_from_base: true, must be false if sampler.start_from_buffer is true"));
}

// The format has no fields for them, so they would be lost.
TEST(SamplerSectionTest, RefusesToWriteWhatItCannotExpress) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.sampler = {.kernel = AnnealedLangevin(), .start = ChainStart::kBase};
  EXPECT_THAT(CheckCheckpoint(checkpoint).message(), HasSubstr("sampler.kernel: annealed_langevin cannot be"));
  checkpoint.sampler = {.start = ChainStart::kGiven};
  EXPECT_THAT(CheckCheckpoint(checkpoint).message(), HasSubstr("sampler.start: a checkpoint cannot hold"));
}

}  // namespace
}  // namespace ebm
