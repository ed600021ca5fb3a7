#include "model/offline/evaluation/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/offline/evaluation/report_json.h"
#include "model/offline/evaluation/report_page.h"
#include "model/offline/evaluation/row_scores.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

constexpr int64_t kDimension = 12;
constexpr int kClasses = 3;

NamedRows RandomRows(const std::string& name, int64_t n, uint64_t seed) {
  NamedRows rows{.name = name, .data = {MatrixBuffer(n, kDimension), {}}, .sha256 = "abc123"};
  FillUniform({.seed = seed}, rows.data.rows.view().values());
  for (int64_t i = 0; i < n; ++i) rows.data.labels.push_back(static_cast<int32_t>(i % kClasses));
  return rows;
}

EvaluationData SomeData() {
  return {.rows = RandomRows("rows <b>&", 40, 1),
          .split = "test",
          .validation = RandomRows("more", 30, 2),
          .training = RandomRows("training", 50, 3),
          .outliers = {RandomRows("letters", 25, 4)}};
}

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    const reference::TestModel mlp = reference::RandomMlp(1, {.dimension = kDimension, .hidden = {16}, .classes = 3});
    checkpoint_.spec = mlp.spec;
    checkpoint_.spec.input_shape = {3, 4};
    checkpoint_.tensors = mlp.tensors;
    checkpoint_.sampler = {.steps = 5, .kernel = Langevin{.step_size = 0.01F, .noise_scale = 0.1F}};
  }

  Report Make(const EvaluationData& data, int threads = 1) const {
    return *MakeReport(checkpoint_, data,
                       {.checkpoint_name = "<i>model</i>", .samples = 30, .seed = 7, .threads = threads});
  }

  Checkpoint checkpoint_;
};

TEST_F(ReportTest, TheJsonHoldsEveryFigure) {
  const Report report = Make(SomeData());
  const nlohmann::json json = nlohmann::json::parse(ReportJson(report));
  for (const auto& [name, figure] : NamedFigures(report)) {
    ASSERT_TRUE(json["figures"].contains(name)) << name;
    EXPECT_DOUBLE_EQ(json["figures"][name]["value"], figure.value);
    EXPECT_DOUBLE_EQ(json["figures"][name]["lower"], figure.lower);
    EXPECT_DOUBLE_EQ(json["figures"][name]["upper"], figure.upper);
    EXPECT_LE(figure.lower, figure.upper) << name;
  }
  for (const auto& [name, number] : NamedNumbers(report)) EXPECT_DOUBLE_EQ(json["numbers"][name], number) << name;
  // 5 of the classifier; 2 means of ln p~; 3 per score and set: eight kinds that are made, and the one given.
  EXPECT_EQ(json["figures"].size(), 5U + 2 + 9 * 3 * 3);
  EXPECT_EQ(json["reliability"]["bins"].size(), static_cast<size_t>(kReliabilityBins));
  EXPECT_EQ(json["outliers"].size(), 9U);
  EXPECT_EQ(json["samples"]["nearest"]["samples"].size(), static_cast<size_t>(kLookedUpSamples));
  EXPECT_EQ(json["data"]["sha256"], "abc123");
}

TEST_F(ReportTest, ThePageNeedsNothingElse) {
  const std::string page = *ReportPage(Make(SomeData()));
  for (const char* outside : {"http", "href", "url(", "<script", "@import", "<link", "<iframe", "srcset"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  int pictures = 0;
  for (size_t at = page.find("src="); at != std::string::npos; at = page.find("src=", at + 1), ++pictures) {
    EXPECT_EQ(page.substr(at, 27), "src=\"data:image/png;base64,");
  }
  EXPECT_EQ(pictures, 9 + 3);  // examples of each set; samples, and two sheets of nearest rows
}

TEST_F(ReportTest, ThePageEscapesNames) {
  const std::string page = *ReportPage(Make(SomeData()));
  EXPECT_THAT(page, HasSubstr("&lt;i&gt;model&lt;/i&gt;"));
  EXPECT_THAT(page, HasSubstr("rows &lt;b&gt;&amp;"));
  EXPECT_THAT(page, Not(HasSubstr("<i>model")));
}

TEST_F(ReportTest, WhatCannotBeToldIsLeftOutAndSaid) {
  checkpoint_.spec.input_shape = {kDimension};
  EvaluationData data{.rows = RandomRows("one row", 1, 1)};
  const Report report = Make(data);
  EXPECT_FALSE(report.temperature.has_value());
  EXPECT_FALSE(report.samples.test.has_value());
  EXPECT_FALSE(report.samples.nearest.has_value());
  const std::string page = *ReportPage(report);
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  for (const char* word :
       {"no temperature was fitted", "Too few rows", "--training_data", "do not have the shape of a picture"}) {
    EXPECT_THAT(page, HasSubstr(word));
  }
  EXPECT_FALSE(nlohmann::json::parse(ReportJson(report))["figures"].contains("calibration_error_at_temperature"));
}

TEST_F(ReportTest, AModelOnABaseHasBitsAndARatioToItsBase) {
  reference::TestModel model = reference::RandomMlp(1, {.dimension = kDimension, .hidden = {16}, .classes = kClasses});
  model = reference::WithRandomBase(2, kClassGaussiansBase, 0.5F, std::move(model));
  checkpoint_.spec = model.spec;
  checkpoint_.spec.columns.front().step = 1;
  checkpoint_.tensors = model.tensors;
  checkpoint_.partition = {.log_z = 1, .standard_error = 0.1, .reverse_log_z = 1.2};
  const Report report = Make(SomeData());
  const nlohmann::json json = nlohmann::json::parse(ReportJson(report));
  for (const char* name : {"base_bits_per_dim", "bits_per_dim", "auroc_log_density_ratio_letters"}) {
    EXPECT_TRUE(json["figures"].contains(name)) << name;
  }
  EXPECT_TRUE(json["numbers"].contains("bits_per_dim_reverse"));
  const std::string page = *ReportPage(report);
  EXPECT_THAT(page, HasSubstr("its base density"));
  EXPECT_THAT(page, HasSubstr("from the reverse run"));
}

TEST_F(ReportTest, ACalibratedModelIsJudgedByItsServedScoreAndItsPValues) {
  EXPECT_THAT(*ReportPage(Make(SomeData())), Not(HasSubstr("Conformal p-values")));
  checkpoint_.calibration = Calibration{
      .outlier_score = {.quantities = {kLogDensityQuantity}, .weights = {1}, .means = {0}, .deviations = {1}}};
  checkpoint_.calibration_scores = {-1e30F, 1e30F};
  const Report report = Make(SomeData());
  ASSERT_TRUE(report.conformal.has_value());
  EXPECT_THAT(report.conformal->p_values, ::testing::Each(2.0 / 3));
  const nlohmann::json json = nlohmann::json::parse(ReportJson(report));
  EXPECT_EQ(json["figures"]["flagged_at_0.05_data"]["value"], 0);
  EXPECT_EQ(json["figures"]["auroc_outlier_score_letters"], json["figures"]["auroc_log_density_letters"]);
  const std::string page = *ReportPage(report);
  EXPECT_THAT(page, HasSubstr("Conformal p-values"));
  EXPECT_THAT(page, HasSubstr("served score"));
}

// The temperature is the one that Classify applies, whatever validation rows are given.
TEST_F(ReportTest, ACalibratedModelIsJudgedAtTheTemperatureThatIsServed) {
  const Report before = Make(SomeData());
  EXPECT_THAT(*ReportPage(before), HasSubstr("a server applies none"));
  checkpoint_.calibration = Calibration{
      .class_temperature = 3,
      .outlier_score = {.quantities = {kLogDensityQuantity}, .weights = {1}, .means = {0}, .deviations = {1}}};
  checkpoint_.calibration_scores = {0};
  const Report report = Make(SomeData());
  EXPECT_EQ(report.temperature->temperature, 3);
  EXPECT_NE(report.temperature->after.cross_entropy.value, before.temperature->after.cross_entropy.value);
  EXPECT_THAT(*ReportPage(report), HasSubstr("what a server applies"));
  EXPECT_FALSE(nlohmann::json::parse(ReportJson(report))["reliability"].contains("validation_data"));
}

TEST_F(ReportTest, DoesNotDependOnTheNumberOfThreads) {
  const EvaluationData data = SomeData();
  EXPECT_EQ(ReportJson(Make(data, 1)), ReportJson(Make(data, 3)));
}

TEST_F(ReportTest, SamplesThatAreTrainingRowsAreFoundOut) {
  EvaluationData data = SomeData();
  const Report first = Make(data);
  data.training = RandomRows("copies", first.samples.drawn.states.rows(), 5);
  data.training->data.rows = first.samples.drawn.states;
  const Report second = Make(data);
  ASSERT_TRUE(second.samples.nearest.has_value());
  for (const Nearest& nearest : second.samples.nearest->samples) EXPECT_EQ(nearest.distance, 0);
}

TEST_F(ReportTest, TheCheckpointGetsTheFiguresInPlaceOfOlderOnes) {
  checkpoint_.evaluation = {{"test_error", 0.5}, {"report_auroc_log_density_old_set", 1}};
  const Report report = Make(SomeData());
  AddToCheckpoint(report, checkpoint_);
  EXPECT_DOUBLE_EQ(checkpoint_.evaluation.at("test_error"), 0.5);
  EXPECT_DOUBLE_EQ(checkpoint_.evaluation.at("report_error"), report.classifier->error.value);
  EXPECT_DOUBLE_EQ(checkpoint_.evaluation.at("report_temperature"), report.temperature->temperature);
  EXPECT_THAT(checkpoint_.evaluation, Contains(Key("report_auroc_log_density_shuffled")));
  EXPECT_THAT(checkpoint_.evaluation, Contains(Key("report_fpr_at_95_tpr_max_softmax_letters")));
  EXPECT_THAT(checkpoint_.evaluation, Not(Contains(Key("report_auroc_log_density_old_set"))));
  EXPECT_EQ(checkpoint_.provenance.settings.at("report_data_sha256"), "abc123");
}

TEST_F(ReportTest, RefusesANumberOfSamplesOutOfItsLimits) {
  for (const int64_t samples : {int64_t{0}, kMostSamples + 1}) {
    const absl::Status status = MakeReport(checkpoint_, SomeData(), {.samples = samples}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("samples is"));
  }
}

}  // namespace
}  // namespace ebm
