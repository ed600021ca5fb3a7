#include "model/offline/partition/checkpoint_estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "model/offline/partition/estimate_report.h"
#include "nlohmann/json.hpp"
#include "tests/model/checkpoint/checkpoint_samples.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const Checkpoint& checkpoint, const Box& box) {
  const absl::Status status = ChooseBase(checkpoint, box).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

class ChooseBaseTest : public testing::Test {
 protected:
  void ExpectBox(const std::optional<Box>& asked, float lower, float upper) const {
    const EstimateBase base = ChooseBase(checkpoint_, asked).value();
    EXPECT_EQ(base.name, kUniformBase);
    EXPECT_EQ(base.box->lower, lower);
    EXPECT_EQ(base.box->upper, upper);
  }

  Checkpoint checkpoint_ = SmallCheckpoint();  // data from 0 to 16, x / 8 - 1, clamped to 1.5 on either side
};

TEST_F(ChooseBaseTest, TheBoxIsTheOneAskedForOrAroundTheClampAndTheDequantisedData) {
  ExpectBox(Box{-3, 2}, -3, 2);
  ExpectBox(std::nullopt, -1.5F, 1.5F);
  checkpoint_.sampler.clamp_lower = -1;
  checkpoint_.spec.columns.front().step = 1;
  ExpectBox(std::nullopt, -1.0625F, 1.5F);
  checkpoint_.spec.columns.front().step = 0;
  checkpoint_.sampler.clamp_upper.reset();
  ExpectBox(std::nullopt, -1, 1);
  checkpoint_.spec.columns.front().step = 1;
  ExpectBox(std::nullopt, -1.0625F, 1.0625F);
  checkpoint_.spec.columns.front().scaling.scale = -0.125F;
  ExpectBox(std::nullopt, -3.0625F, -0.9375F);
}

TEST_F(ChooseBaseTest, AModelsOwnBaseComesFirstAndHasNoBox) {
  checkpoint_.spec.base = kGaussianBase;
  const EstimateBase base = ChooseBase(checkpoint_, std::nullopt).value();
  EXPECT_EQ(base.name, kGaussianBase);
  EXPECT_FALSE(base.box.has_value());
  EXPECT_EQ(Refusal(checkpoint_, {-1, 1}), "box: this model has the base density 'gaussian', which has no box");
}

TEST_F(ChooseBaseTest, RefusesABoxThatIsNone) {
  EXPECT_EQ(Refusal(checkpoint_, {1, 1}), "box: [1, 1] is not two finite numbers in rising order");
  EXPECT_EQ(Refusal(checkpoint_, {1, -1}), "box: [1, -1] is not two finite numbers in rising order");
  EXPECT_THAT(Refusal(checkpoint_, {-1, std::numeric_limits<float>::infinity()}), HasSubstr("box: [-1, inf]"));
  EXPECT_THAT(Refusal(checkpoint_, {std::numeric_limits<float>::quiet_NaN(), 1}), HasSubstr("not two finite numbers"));
}

TEST(WeighChainsOnTest, WhatComesOutFitsIntoTheCheckpoint) {
  const reference::QuadraticEnergy energy({2, 1}, {0, 0.5F});
  Checkpoint checkpoint = SmallCheckpoint();
  const EstimateBase base = ChooseBase(checkpoint, std::nullopt).value();
  const PartitionResult result = ResultOf(WeighChainsOn(base, energy, {.chains = 300, .seed = 8}, {}).value());
  checkpoint.partition = RecordOf(result, base, 8);
  EXPECT_EQ(checkpoint.partition->log_z, result.forward.log_mean);
  EXPECT_EQ(checkpoint.partition->reverse_log_z, result.reverse.log_mean);
  EXPECT_EQ(checkpoint.partition->box_upper, 1.5F);
  EXPECT_EQ(checkpoint.partition->seed, 8U);
  EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint);
}

TEST(WeighChainsOnTest, RefusesANamedBaseThatTheModelLacks) {
  const reference::QuadraticEnergy energy({2, 1}, {0, 0.5F});
  const absl::Status status = WeighChainsOn({.name = kGaussianBase}, energy, {}, {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "this model does not have the base density 'gaussian'");
}

PartitionResult AResult() {
  return {.forward = {.log_mean = 3, .standard_error = 0.05, .effective_sample_size = 300},
          .reverse = {.log_mean = 3.125, .standard_error = 0.06, .effective_sample_size = 290},
          .chains = 1000,
          .steps = 50,
          .acceptance = 0.57,
          .length = 4};
}

TEST(EstimateReportTest, TheTableSaysWhatWasFoundAndWhatItMeans) {
  const PartitionEstimate record = RecordOf(AResult(), {.name = kUniformBase, .box = Box{-1, 0.875F}}, 7);
  const std::string table = EstimateTable(AResult(), record, "x.safetensors");
  for (const std::string part :
       {"3.0000 nats, 95 % interval 2.8431 to 3.1569", "effective sample size 300.0 of 1000", "not above ln Z",
        "reverse        3.1250", "50 steps, 57 % of them accepted", "uniform on [-1, 0.875] in every coordinate",
        "ln p(x) = ln p~(x) - ln Z", "x.safetensors"}) {
    EXPECT_THAT(table, HasSubstr(part));
  }
}

TEST(EstimateReportTest, JsonIsOneObjectOnOneLine) {
  const PartitionEstimate record = RecordOf(AResult(), {.name = kGaussianBase}, 7);
  const std::string text = EstimateJson(AResult(), record, "x.safetensors");
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["log_z"], 3);
  EXPECT_EQ(json["reverse_log_z"], 3.125);
  EXPECT_NEAR(json["standard_error"], std::hypot(0.05, 0.0625), 1e-12);
  EXPECT_NEAR(json["lower"], 3 - 1.96 * std::hypot(0.05, 0.0625), 1e-4);
  EXPECT_EQ(json["seed"], 7);
  EXPECT_FALSE(json.contains("box"));
}

TEST(EstimateReportTest, TheBarTellsTheStageAndIsTakenAway) {
  std::ostringstream out;
  EstimateProgress progress(&out, /*terminal=*/true);
  progress.Clear();
  EXPECT_EQ(out.str(), "");
  progress.Draw(AnnealingStage::kPilot, 0.5);
  EXPECT_THAT(out.str(), HasSubstr("pilot run [##########..........] 50 %"));
  progress.Clear();
  EXPECT_TRUE(out.str().ends_with("\r\033[K"));
}

TEST(EstimateReportTest, OffATerminalThereAreLinesAndNothingIsDrawnOver) {
  std::ostringstream out;
  EstimateProgress patient(&out, /*terminal=*/false);
  patient.Draw(AnnealingStage::kPilot, 0.5);
  EXPECT_EQ(out.str(), "") << "the first line is half a minute away";
  EstimateProgress progress(&out, /*terminal=*/false, std::chrono::milliseconds(0));
  progress.Draw(AnnealingStage::kPilot, 0.5);
  progress.Clear();
  EXPECT_EQ(out.str(), "pilot run 50 %\n");
}

TEST(EstimateReportTest, AdviceNamesLargerNumbers) {
  EXPECT_THAT(Advice(AResult()), HasSubstr("--steps=200"));
  EXPECT_THAT(Advice(AResult()), HasSubstr("--chains=4000"));
}

}  // namespace
}  // namespace ebm
