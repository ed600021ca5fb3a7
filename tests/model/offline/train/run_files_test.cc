// The output of a run: metrics, TensorBoard events, the checkpoint, and the log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <variant>

#include "model/checkpoint/checkpoint.h"
#include "model/io/png.h"
#include "model/offline/train/metrics_file.h"
#include "model/offline/train/reporter.h"
#include "model/offline/train/tensorboard_writer.h"
#include "model/offline/train/training_run.h"
#include "tests/model/offline/train/tiny_problem.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using ::testing::Not;
using testing::TinyData;
using testing::TinyRecipe;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int64_t CountLines(const std::string& text) { return std::ranges::count(text, '\n'); }

class TrainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/train_test." + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  RunOptions Options(const std::string& name) const {
    return {.recipe = TinyRecipe(), .output = folder_ + "/" + name + ".safetensors", .seed = 3};
  }
  absl::Status Run(const RunOptions& options) {
    return Train(
               options, data_, [] { return false; }, log_)
        .status();
  }

  const TrainingData data_ = TinyData();
  std::string folder_;
  std::ostringstream log_;
};

// A second link to the file keeps what it held: a crash in the middle of a start would not lose the curves.
TEST_F(TrainTest, AResumedRunReplacesItsMetricsAtOnce) {
  const std::string path = folder_ + "/metrics.csv";
  ASSERT_TRUE(MetricsFile::Start(path, 0).ok());
  for (int64_t epoch : {1, 2}) ASSERT_TRUE(MetricsFile::Append(path, {.epoch = epoch}).ok());
  const std::string before = ReadFile(path);
  std::filesystem::create_hard_link(path, path + ".link");
  ASSERT_TRUE(MetricsFile::Start(path, 1).ok());
  EXPECT_EQ(CountLines(ReadFile(path)), 2);
  EXPECT_EQ(ReadFile(path + ".link"), before);
}

TEST_F(TrainTest, WritesACheckpointThatSaysHowItCameToBe) {
  const RunOptions options = Options("model");
  ASSERT_TRUE(Run(options).ok());
  const absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(options.output);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->provenance.seed, 3U);
  EXPECT_EQ(checkpoint->provenance.epochs_run, 6);
  EXPECT_EQ(checkpoint->provenance.settings.at("batch_size"), "16");
  EXPECT_EQ(checkpoint->log_density_quantiles.size(), 201U);
  EXPECT_EQ(checkpoint->start_states.size(), 40U * 4);
  for (const char* figure : {"train_error", "validation_cross_entropy", "test_generative"}) {
    EXPECT_TRUE(checkpoint->evaluation.contains(figure)) << figure;
  }
}

// Adds what ebm-logz and ebm-eval write.
Checkpoint AddResults(const std::string& path) {
  Checkpoint checkpoint = *ReadCheckpoint(path);
  checkpoint.partition = {.log_z = 2.5,
                          .standard_error = 0.1,
                          .effective_sample_size = 90,
                          .reverse_log_z = 2.6,
                          .chains = 101,
                          .steps = 10,
                          .base = kUniformBase,
                          .box_lower = -1.5F,
                          .box_upper = 1.5F};
  checkpoint.evaluation["report_error"] = 0.25;
  checkpoint.provenance.settings["report_data"] = "tiny";
  EXPECT_TRUE(WriteCheckpoint(checkpoint, path).ok());
  return checkpoint;
}

TEST_F(TrainTest, ResumingAFinishedRunKeepsWhatOtherProgramsWrote) {
  RunOptions options = Options("model");
  ASSERT_TRUE(Run(options).ok());
  const Checkpoint before = AddResults(options.output);
  options.start = RunStart::kResumed;
  ASSERT_TRUE(Run(options).ok());
  Checkpoint after = *ReadCheckpoint(options.output);
  after.provenance.created = before.provenance.created;
  EXPECT_EQ(after, before);
}

TEST_F(TrainTest, ResumingToOtherWeightsDropsWhatIsNotTrueOfThem) {
  RunOptions options = Options("model");
  ASSERT_TRUE(Run(options).ok());
  const Checkpoint before = AddResults(options.output);
  options.start = RunStart::kResumed;
  options.recipe.max_epochs = 12;
  ASSERT_TRUE(Run(options).ok());
  const Checkpoint after = *ReadCheckpoint(options.output);
  ASSERT_NE(after.tensors, before.tensors);
  EXPECT_FALSE(after.partition.has_value());
  EXPECT_FALSE(after.evaluation.contains("report_error"));
  EXPECT_FALSE(after.provenance.settings.contains("report_data"));
}

TEST_F(TrainTest, ResumesOnlyWithTheSameLearningRateToTheLastDigit) {
  RunOptions options = Options("model");
  options.recipe.learning_rate = 0.0123456789;
  options.recipe.max_epochs = 1;
  ASSERT_TRUE(Run(options).ok());
  EXPECT_EQ(ReadCheckpoint(options.output)->provenance.settings.at("learning_rate"), "0.0123456789");
  options.start = RunStart::kResumed;
  EXPECT_TRUE(Run(options).ok());
  options.recipe.learning_rate = 0.012345678;
  const absl::Status status = Run(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("learning_rate = 0.0123456789; this one has 0.012345678"));
}

TEST_F(TrainTest, WithoutCalibrationRowsTheCheckpointHasNoCalibration) {
  ASSERT_TRUE(Run(Options("model")).ok());
  EXPECT_FALSE(ReadCheckpoint(Options("model").output)->calibration.has_value());
}

// Other calibration rows give other scores and change nothing else: no choice and no fit uses them.
TEST_F(TrainTest, CalibrationRowsAreScoredAndNothingIsChosenOnThem) {
  const auto train = [&](const std::string& name, LabelledData calibration) {
    TrainingData data = data_;
    data.calibration = std::move(calibration);
    EXPECT_TRUE(Train(
                    Options(name), data, [] { return false; }, log_)
                    .ok());
    return *ReadCheckpoint(Options(name).output);
  };
  const Checkpoint one = train("one", testing::TinyRows(20, 4));
  const Checkpoint other = train("other", testing::TinyRows(33, 5));
  ASSERT_TRUE(one.calibration.has_value());
  EXPECT_EQ(one.calibration_scores.size(), 20U);
  EXPECT_EQ(other.calibration_scores.size(), 33U);
  EXPECT_EQ(one.calibration, other.calibration);
  EXPECT_EQ(one.tensors, other.tensors);
  EXPECT_EQ(one.evaluation, other.evaluation);
  EXPECT_EQ(one.log_density_quantiles, other.log_density_quantiles);
}

// One row has no spread to standardise by.
TEST_F(TrainTest, WhereNothingCanBeCalibratedTheModelIsKeptAndToldSo) {
  TrainingData data = data_;
  data.validation = testing::TinyRows(1, 2);
  data.calibration = testing::TinyRows(1, 4);
  ASSERT_TRUE(Train(
                  Options("model"), data, [] { return false; }, log_)
                  .ok());
  const absl::StatusOr<Checkpoint> checkpoint = ReadCheckpoint(Options("model").output);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_FALSE(checkpoint->calibration.has_value());
  EXPECT_TRUE(checkpoint->calibration_scores.empty());
  EXPECT_THAT(log_.str(), HasSubstr("not calibrated: choosing an outlier score needs at least 2 rows; there are 1"));
}

// A finite row has no score if it overflows float32 inside the network.
TEST_F(TrainTest, ACalibrationRowWithoutAScoreCostsTheCalibrationAndNotTheModel) {
  TrainingData data = data_;
  data.calibration = testing::TinyRows(20, 4);
  data.calibration.rows.row(7)[0] = std::numeric_limits<float>::infinity();
  ASSERT_TRUE(Train(
                  Options("model"), data, [] { return false; }, log_)
                  .ok());
  EXPECT_FALSE(ReadCheckpoint(Options("model").output)->calibration.has_value());
  EXPECT_THAT(log_.str(), HasSubstr("not calibrated: the outlier score of calibration row 8 is "));
}

TEST_F(TrainTest, ARecipeThatFindsNoRowsToCalibrateOnSaysSo) {
  RunOptions options = Options("model");
  options.recipe.calibrates = true;
  ASSERT_TRUE(Run(options).ok());
  EXPECT_THAT(log_.str(), HasSubstr("not calibrated: 30 validation rows; p-values need at least 20"));
}

TEST_F(TrainTest, WritesOneLinePerEpochOffATerminal) {
  ASSERT_TRUE(Run(Options("model")).ok());
  EXPECT_THAT(log_.str(), HasSubstr("epoch   5"));
  EXPECT_THAT(log_.str(), Not(HasSubstr("\r")));
}

TEST_F(TrainTest, ResumedRunWritesTheSameWeightsAsOneThatNeverStopped) {
  ASSERT_TRUE(Run(Options("straight")).ok());

  RunOptions halves = Options("halves");
  halves.recipe.max_epochs = 2;
  ASSERT_TRUE(Run(halves).ok());
  halves.recipe.max_epochs = 6;
  halves.start = RunStart::kResumed;
  ASSERT_TRUE(Run(halves).ok());

  const Checkpoint straight = *ReadCheckpoint(Options("straight").output);
  const Checkpoint resumed = *ReadCheckpoint(halves.output);
  EXPECT_EQ(straight.tensors, resumed.tensors);
  EXPECT_EQ(straight.start_states, resumed.start_states);
  EXPECT_EQ(straight.evaluation, resumed.evaluation);
  EXPECT_EQ(CountLines(ReadFile(folder_ + "/halves.metrics.csv")), 1 + 6);
  EXPECT_EQ(ReadFile(folder_ + "/halves.curves.svg"), ReadFile(folder_ + "/straight.curves.svg"));
}

TEST_F(TrainTest, DoesNotGoOnOnOtherRowsOrInOtherUnits) {
  RunOptions options = Options("model");
  options.recipe.max_epochs = 2;
  ASSERT_TRUE(Run(options).ok());
  options.start = RunStart::kResumed;
  const auto refusal = [&](const std::function<void(TrainingData&)>& change) {
    TrainingData data = data_;
    change(data);
    return std::string(Train(
                           options, data, [] { return false; }, log_)
                           .status()
                           .message());
  };
  EXPECT_THAT(refusal([](TrainingData& data) { data.validation.rows.row(0)[0] += 1; }), HasSubstr("validation_sha256"));
  EXPECT_THAT(refusal([](TrainingData& data) { data.validation.labels[0] ^= 1; }), HasSubstr("validation_sha256"));
  EXPECT_THAT(refusal([](TrainingData& data) { data.calibration = testing::TinyRows(20, 4); }),
              HasSubstr("calibration_sha256"));
  EXPECT_THAT(refusal([](TrainingData& data) { data.test.reset(); }), HasSubstr("test_sha256"));
  EXPECT_THAT(refusal([](TrainingData& data) { data.columns.front().step = 0.5F; }), HasSubstr("data_step"));
  EXPECT_THAT(refusal([](TrainingData& data) { data.input_shape = {4}; }), HasSubstr("input_shape"));
  EXPECT_EQ(refusal([](TrainingData&) {}), "");
}

TEST_F(TrainTest, StopRequestStillWritesACheckpoint) {
  const RunOptions options = Options("model");
  int batches = 0;
  EXPECT_EQ(*Train(
                options, data_, [&] { return ++batches > 10; }, log_),
            RunEnd::kStopped);  // in the third epoch of 4 batches
  EXPECT_EQ(ReadCheckpoint(options.output)->provenance.epochs_run, 2);
}

TEST_F(TrainTest, StoppedBeforeTheFirstEpochCanBeResumed) {
  RunOptions options = Options("early");
  EXPECT_FALSE(Train(
                   options, data_, [] { return true; }, log_)
                   .ok());
  options.start = RunStart::kResumed;
  ASSERT_TRUE(Run(options).ok());
  ASSERT_TRUE(Run(Options("straight")).ok());
  EXPECT_EQ(ReadCheckpoint(options.output)->tensors, ReadCheckpoint(Options("straight").output)->tensors);
}

TEST_F(TrainTest, StoppedBeforeTheFirstEpochLeavesNoCheckpoint) {
  const RunOptions options = Options("model");
  EXPECT_EQ(Train(
                options, data_, [] { return true; }, log_)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(options.output));
}

TEST_F(TrainTest, DivergenceBeyondSavingKeepsTheBestWeightsSoFar) {
  RunOptions options = Options("model");
  options.recipe.max_epochs = 2;
  ASSERT_TRUE(Run(options).ok());
  const std::vector<NamedTensor> before = ReadCheckpoint(options.output)->tensors;

  options.recipe.max_epochs = 4;
  options.recipe.divergence_gap = 0;
  options.start = RunStart::kOverwrite;
  EXPECT_EQ(Run(options).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReadCheckpoint(options.output)->tensors, before) << "an earlier checkpoint was overwritten with nothing";
  EXPECT_THAT(log_.str(), HasSubstr("what to try: --learning_rate=0.00016; "));  // 0.01 / 2^6
  EXPECT_THAT(log_.str(), HasSubstr(options.output + " is unchanged"));
}

TEST_F(TrainTest, RefusesAnOutputOfAnotherEnding) {
  RunOptions options = Options("model");
  options.output = "model.pt";
  EXPECT_THAT(std::string(Run(options).message()), HasSubstr("must end in .safetensors"));
}

TEST_F(TrainTest, ResumeWithoutAStateSaysWhichFileIsMissing) {
  RunOptions options = Options("model");
  options.start = RunStart::kResumed;
  EXPECT_THAT(std::string(Run(options).message()), HasSubstr("model.state.safetensors"));
}

TEST(MetricsFileTest, KeepsTheLinesOfTheEpochsThatAreResumed) {
  const std::string path = ::testing::TempDir() + "/metrics_file_test.csv";
  ASSERT_TRUE(MetricsFile::Start(path, 0).ok());
  for (int64_t epoch = 0; epoch < 4; ++epoch) ASSERT_TRUE(MetricsFile::Append(path, {.epoch = epoch}).ok());
  ASSERT_TRUE(MetricsFile::Start(path, 2).ok());
  const std::string text = ReadFile(path);
  EXPECT_EQ(CountLines(text), 3);
  EXPECT_THAT(text, HasSubstr("\n1,"));
  EXPECT_THAT(text, Not(HasSubstr("\n2,")));
}

TEST(MetricsFileTest, ReadsTheLossesOfEveryEpoch) {
  const std::string path = ::testing::TempDir() + "/losses_test.csv";
  ASSERT_TRUE(MetricsFile::Start(path, 0).ok());
  const auto append = [&](double train, double validation, double generative) {
    EXPECT_TRUE(MetricsFile::Append(path, {.train_cross_entropy = train,
                                           .validation_cross_entropy = validation,
                                           .validation_generative = generative})
                    .ok());
  };
  append(1.5, 1.25, -8);
  append(0.5, 0.75, 2);
  std::ofstream(path, std::ios::app) << "7,of another program\n";
  const LossHistory losses = MetricsFile::ReadLosses(path);
  EXPECT_THAT(losses.train_cross_entropy, ElementsAre(1.5, 0.5, IsNan()));
  EXPECT_THAT(losses.validation_cross_entropy, ElementsAre(1.25, 0.75, IsNan()));
  EXPECT_THAT(losses.validation_generative, ElementsAre(-8, 2, IsNan()));
}

TEST(TrainingCurvesTest, DrawEveryFiniteEpochInItsFrame) {
  const std::string svg = RenderTrainingCurves(
      {.train_cross_entropy = {2, 1, 0}, .validation_cross_entropy = {2, NAN, 1}, .validation_generative = {0, 0, 0}});
  EXPECT_THAT(svg, HasSubstr("d=\"M0.0 6.4L114.0 70.0L228.0 133.6\"><title>training L_clf"));
  EXPECT_THAT(svg, HasSubstr("d=\"M0.0 6.4M228.0 70.0\"><title>validation L_clf"));
  EXPECT_THAT(svg, HasSubstr("L_clf + L_gen"));
}

TEST(TensorboardWriterTest, Crc32cGivesThePublishedCheckValue) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);  // the check value of CRC-32/ISCSI
}

// The bytes of an Image: fields 1 to 4 are its height, width, channels, and the file, of fewer than 128 bytes here.
TEST(TensorboardWriterTest, AnImageTellsItsSizeAndWhetherItIsInColour) {
  const ColorImage color = {.width = 2, .height = 1, .pixels = {255, 0, 0, 0, 0, 255}};
  const GrayImage gray = {.width = 2, .height = 1, .pixels = {0, 255}};
  for (const GrayOrColorImage& image : {GrayOrColorImage(color), GrayOrColorImage(gray)}) {
    const std::string folder = ::testing::TempDir() + "/tensorboard_images";
    ASSERT_TRUE(TensorboardWriter::Clear(folder).ok());
    TensorboardWriter writer = TensorboardWriter::Open(folder, 1).value();
    ASSERT_TRUE(writer.AddImage("chains", 0, 1, image).ok());
    ASSERT_TRUE(writer.Flush().ok());
    const std::string path = std::filesystem::directory_iterator(folder)->path().string();
    const std::string png = EncodePng(image).value();
    const char channels = std::holds_alternative<ColorImage>(image) ? 3 : 1;
    const std::string encoded = {8, 1, 16, 2, 24, channels, 34, static_cast<char>(png.size())};
    EXPECT_THAT(ReadFile(path), HasSubstr(encoded + png));
  }
}

TEST(ReporterTest, TerminalBarTellsSpeedAndTimeLeft) {
  std::ostringstream out;
  Reporter reporter({.terminal = true, .max_epochs = 10, .rows_per_epoch = 1000}, &out, [] { return false; });
  reporter.EpochDone({.epoch = 0, .seconds = 2.0});
  reporter.BatchDone(1, 8, 16);
  EXPECT_THAT(out.str(), HasSubstr("epoch 1 [##########..........] 8/16 batches, 500 rows/s, at most 0:17 left"));
}

}  // namespace
}  // namespace ebm
