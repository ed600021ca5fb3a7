#include <cmath>
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/npy.h"
#include "model/io/png.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SampleCommandTest : public ClientHarness {
 protected:
  // Two of three chains finish and the middle one diverges.
  void LetOneChainDiverge() {
    v1::SampleResponse summary;
    summary.mutable_summary()->set_chains_finished(2);
    summary.mutable_summary()->add_diverged_chains()->set_chain(1);
    summary.mutable_summary()->mutable_diverged_chains(0)->set_step(9);
    server_.sample_stream = {FrameOf(20, {2}, {2, 2, 2, 2}, true), FrameOf(20, {0}, {16, 16, 16, 16}, true), summary};
  }

  std::string Json(std::vector<std::string> arguments) {
    arguments.emplace_back("--format=json");
    EXPECT_EQ(Run(arguments), 0) << err_;
    return out_;
  }

  const std::string npy_ = testing::TempDir() + "/samples.npy";
  const std::string png_ = testing::TempDir() + "/samples.png";
};

MatrixBuffer ReadNpy(const std::string& path) {
  // ParseNpy would reject the NaN rows of diverged chains. The header of version 1.0 ends with the first line end.
  const std::string bytes = ReadFileBytes(path).value();
  const size_t header = bytes.find('\n') + 1;
  std::vector<float> values((bytes.size() - header) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + header, bytes.size() - header);
  return MatrixBuffer(values, static_cast<int64_t>(values.size()) / 4, 4);
}

TEST_F(SampleCommandTest, JsonHoldsTheStatesInTheOrderOfChains) {
  ASSERT_EQ(Run({"sample", "--chains=3", "--seed=5", "--class=1", "--format=json"}), 0) << err_;
  const auto json = nlohmann::json::parse(out_);
  EXPECT_EQ(json["chains"], 3);
  EXPECT_EQ(json["class"], 1);
  EXPECT_EQ(json["seed"], 5);
  EXPECT_EQ(json["steps"], 20);
  EXPECT_EQ(json["states"], nlohmann::json({{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}}));
}

TEST_F(SampleCommandTest, SendsTheModelsSettingsChangedByTheFlags) {
  ASSERT_EQ(Run({"sample", "--chains=2", "--steps=7", "--step_size=0.5", "--noise=0", "--clamp=1:15", "--start=buffer",
                 "--final_noise_free_step"}),
            0)
      << err_;
  const v1::SampleRequest& sent = server_.sample_request;
  EXPECT_EQ(sent.model().name(), "toy");
  EXPECT_EQ(sent.model().version(), "7");
  EXPECT_EQ(sent.chains(), 2U);
  EXPECT_EQ(sent.sampler().steps(), 7U);
  EXPECT_EQ(sent.sampler().langevin().step_size(), 0.5F);
  EXPECT_EQ(sent.sampler().langevin().noise_scale(), 0.0F);
  EXPECT_EQ(sent.sampler().clamp().lower(), 1.0F);
  EXPECT_EQ(sent.sampler().start(), v1::CHAIN_START_BUFFER);
  EXPECT_TRUE(sent.sampler().langevin().final_noise_free_step());
  EXPECT_TRUE(sent.has_seed());  // the client draws it, so that a stream can be continued
  EXPECT_FALSE(sent.has_target_class());
  EXPECT_EQ(sent.frame_interval(), 0U);
  ASSERT_EQ(Run({"sample"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.sampler().SerializeAsString(), [this] {
    v1::SamplerSettings defaults = server_.model.sampler_defaults();
    defaults.mutable_langevin()->set_final_noise_free_step(false);
    return defaults.SerializeAsString();
  }());
}

TEST_F(SampleCommandTest, NoClampIsAnEmptyOne) {
  ASSERT_EQ(Run({"sample", "--no_clamp"}), 0) << err_;
  EXPECT_TRUE(server_.sample_request.sampler().has_clamp());
  EXPECT_FALSE(server_.sample_request.sampler().clamp().has_lower());
  EXPECT_FALSE(server_.sample_request.sampler().clamp().has_upper());
}

TEST_F(SampleCommandTest, AKernelOfAnotherKindTakesTheModelsMotionOver) {
  ASSERT_EQ(Run({"sample", "--metropolis", "--temperature=2", "--adaptation_steps=3"}), 0) << err_;
  const v1::MetropolisLangevin& adjusted = server_.sample_request.sampler().metropolis_langevin();
  EXPECT_EQ(adjusted.step_size(), 0.1F);
  EXPECT_FLOAT_EQ(adjusted.noise_scale(), std::sqrt(0.4F));
  EXPECT_EQ(adjusted.adaptation_steps(), 3U);
  ASSERT_EQ(Run({"sample", "--anneal", "--no_clamp", "--temperature=1"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.sampler().annealed_langevin().step_size(), 0.1F);
  EXPECT_EQ(server_.sample_request.sampler().start(), v1::CHAIN_START_BASE);
  EXPECT_EQ(nlohmann::json::parse(Json({"sample", "--anneal", "--no_clamp"}))["metropolis"], true);
  ASSERT_EQ(Run({"sample", "--anneal", "--metropolis", "--no_clamp"}), 0) << err_;
  EXPECT_TRUE(server_.sample_request.sampler().has_annealed_langevin());
  ASSERT_EQ(Run({"sample", "--kernel=metropolis_langevin"}), 0) << err_;
  EXPECT_TRUE(server_.sample_request.sampler().has_metropolis_langevin());
  EXPECT_EQ(Run({"sample", "--kernel=hamiltonian"}), 2);
}

TEST_F(SampleCommandTest, GibbsChainsHaveATemperatureAndNoStepSize) {
  server_.model.mutable_sampler_defaults()->mutable_gibbs()->set_temperature(1);
  ASSERT_EQ(Run({"sample", "--no_clamp", "--temperature=2", "--final_noise_free_step"}), 0) << err_;
  const v1::Gibbs& gibbs = server_.sample_request.sampler().gibbs();
  EXPECT_EQ(gibbs.temperature(), 2);
  EXPECT_TRUE(gibbs.final_noise_free_step());
  EXPECT_EQ(Run({"sample", "--no_clamp", "--step_size=0.1"}), 2);
  EXPECT_THAT(err_, HasSubstr("--step_size, --noise: Gibbs chains have neither"));
}

TEST_F(SampleCommandTest, RefusesFlagsThatTheKernelDoesNotHave) {
  server_.model.mutable_sampler_defaults()->mutable_metropolis_langevin()->set_step_size(0.1F);
  server_.model.mutable_sampler_defaults()->mutable_metropolis_langevin()->set_noise_scale(0.1F);
  EXPECT_EQ(Run({"sample", "--final_noise_free_step"}), 2);
  EXPECT_THAT(err_, HasSubstr("--final_noise_free_step: the chains accept or reject their steps; add --no_metropolis"));
  EXPECT_EQ(Run({"sample", "--no_metropolis", "--adaptation_steps=3"}), 2);
  EXPECT_THAT(err_, HasSubstr("--adaptation_steps: only chains with --metropolis"));
  EXPECT_EQ(Run({"sample", "--anneal", "--no_clamp", "--temperature=2"}), 2);
  EXPECT_THAT(err_, HasSubstr("--noise, --temperature: chains with --anneal have temperature 1, not 2"));
  EXPECT_EQ(Run({"sample", "--anneal"}), 2);
  EXPECT_THAT(err_, HasSubstr("--anneal: the chains have no clamp; add --no_clamp"));
  EXPECT_EQ(Run({"sample", "--anneal", "--no_metropolis"}), 2);
  EXPECT_EQ(Run({"sample", "--metropolis", "--no_metropolis"}), 2);
  EXPECT_EQ(Run({"sample", "--anneal", "--no_clamp", "--step_size=0.5", "--noise=1"}), 0) << err_;
}

TEST_F(SampleCommandTest, SamplesAreThoseFromTheFirstChainOn) {
  ASSERT_EQ(Run({"sample", "--chains=2", "--seed=5", "--first_chain=40", "--output=" + npy_}), 0) << err_;
  EXPECT_EQ(server_.sample_request.first_chain(), 40U);
  EXPECT_THAT(ReadNpy(npy_).values(), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
}

TEST_F(SampleCommandTest, RefusesAModelWhoseKernelItDoesNotKnow) {
  server_.model.mutable_sampler_defaults()->clear_kernel();
  EXPECT_EQ(Run({"sample"}), 1);
  EXPECT_THAT(err_, HasSubstr("model toy has sampler settings that this client does not know"));
  EXPECT_EQ(Run({"models"}), 0) << err_;
}

TEST_F(SampleCommandTest, NpyIsFloat32OfChainsTimesD) {
  ASSERT_EQ(Run({"sample", "--chains=3", "--output=" + npy_}), 0) << err_;
  const auto samples = ParseNpy(ReadFileBytes(npy_).value(), npy_);
  ASSERT_TRUE(samples.ok()) << samples.status();
  EXPECT_EQ(samples->rows.rows(), 3);
  EXPECT_THAT(samples->rows.values(), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
  EXPECT_THAT(out_, HasSubstr("written to " + npy_));
}

TEST_F(SampleCommandTest, ADivergedChainIsAWarningAndARowOfNan) {
  LetOneChainDiverge();
  ASSERT_EQ(Run({"sample", "--chains=3", "--output=" + npy_}), 0);
  EXPECT_EQ(err_, "ebm-client: warning: chain 1 diverged after step 9 and has no sample\n");
  const MatrixBuffer samples = ReadNpy(npy_);
  ASSERT_EQ(samples.rows(), 3);
  EXPECT_EQ(samples.row(0)[0], 16.0F);
  for (const float value : samples.row(1)) EXPECT_TRUE(std::isnan(value));
  EXPECT_EQ(samples.row(2)[3], 2.0F);
}

TEST_F(SampleCommandTest, PngIsOneSheetWithDivergedChainsBlack) {
  LetOneChainDiverge();
  ASSERT_EQ(Run({"sample", "--chains=3", "--output=" + png_, "--format=json"}), 0);
  const auto sheet = DecodePng(ReadFileBytes(png_).value(), png_);
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  EXPECT_THAT(sheet->pixels, ::testing::Contains(255));
  EXPECT_THAT(sheet->pixels, ::testing::Contains(0));
  EXPECT_EQ(nlohmann::json::parse(out_)["output"], png_);
}

// One chain whose state is that of one pixel: red, green and blue.
TEST_F(SampleCommandTest, PicturesOfThreeChannelsAreInColour) {
  server_.model.mutable_input_shape()->Clear();
  for (const int64_t size : {3, 1, 1}) server_.model.add_input_shape(size);
  server_.sample_stream = {FrameOf(20, {0}, {16, 0, 8}, true), v1::SampleResponse()};
  server_.sample_stream[1].mutable_summary()->set_chains_finished(1);
  ASSERT_EQ(Run({"sample", "--chains=1", "--output=" + png_}), 0) << err_;
  const auto sheet = DecodePng(ReadFileBytes(png_).value(), png_);
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  const int64_t middle = sheet->width / 2;
  EXPECT_EQ(sheet->at(middle, middle, 0), 255);
  EXPECT_EQ(sheet->at(middle, middle, 1), 0);
  EXPECT_EQ(sheet->at(middle, middle, 2), 128);
  ASSERT_EQ(Run({"sample", "--chains=1"}), 0) << err_;
  EXPECT_THAT(out_, StartsWith("--")) << "the luminance in characters";
}

TEST_F(SampleCommandTest, ASheetThatWouldBeTooLargeIsStatus2AndNeverSampled) {
  EXPECT_EQ(Run({"sample", "--chains=1000000", "--output=" + png_}), 2);
  EXPECT_THAT(err_, HasSubstr("--output: a sheet of 1000000 pictures has "));
  EXPECT_EQ(server_.sample_request.chains(), 0U);
}

TEST_F(SampleCommandTest, AnOutputThatIsAFolderIsStatus2AndNeverSampled) {
  const std::string folder = testing::TempDir() + "/folder.npy";
  std::filesystem::create_directory(folder);
  EXPECT_EQ(Run({"sample", "--output=" + folder}), 2);
  EXPECT_THAT(err_, HasSubstr("--output: cannot write " + folder + ": it is a folder"));
  EXPECT_EQ(server_.sample_request.chains(), 0U);
}

// A device that is always full.
TEST_F(SampleCommandTest, SamplesThatCannotBeWrittenArePrinted) {
  const std::string full = testing::TempDir() + "/full.npy";
  std::filesystem::remove(full);
  std::filesystem::create_symlink("/dev/full", full);
  EXPECT_EQ(Run({"sample", "--chains=3", "--output=" + full}), 1);
  EXPECT_THAT(err_, HasSubstr("the samples are printed as JSON instead"));
  EXPECT_EQ(nlohmann::json::parse(out_)["states"].size(), 3U);
}

TEST_F(SampleCommandTest, PngOfWhatIsNoPictureIsStatus2AndNeverSampled) {
  server_.model.clear_input_shape();
  server_.model.add_input_shape(3);
  EXPECT_EQ(Run({"sample", "--output=" + png_}), 2);
  EXPECT_THAT(err_, HasSubstr("are not pictures"));
  EXPECT_EQ(server_.sample_request.chains(), 0U);
}

TEST_F(SampleCommandTest, TableDrawsTheSamplesAndTellsTheSettings) {
  ASSERT_EQ(Run({"sample", "--chains=2", "--seed=3"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0: -0.00  1: -1.00"));
  EXPECT_THAT(out_, ContainsRegex("chains +2: 2 finished, 0 diverged\n"));
  EXPECT_THAT(out_, ContainsRegex("seed +3\n"));
  EXPECT_THAT(out_, ContainsRegex("temperature +0.5\n"));
}

TEST_F(SampleCommandTest, StartsFromGivenStatesWithOneChainEach) {
  const std::string states = WriteFile("states.csv", "1,2,3,4\n5,6,7,8\n");
  ASSERT_EQ(Run({"sample", "--start_states=" + states}), 0) << err_;
  EXPECT_EQ(server_.sample_request.chains(), 2U);
  EXPECT_EQ(server_.sample_request.sampler().start(), v1::CHAIN_START_GIVEN);
  EXPECT_THAT(TensorValues(server_.sample_request.start_states()), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(Run({"sample", "--chains=3", "--start_states=" + states}), 2);
  EXPECT_THAT(err_, HasSubstr("2 rows for 3 chains"));
}

TEST_F(SampleCommandTest, HoldsCoordinatesByFileOrByPictureRows) {
  const std::string mask = WriteFile("mask.csv", "1,0\n0,1\n");
  ASSERT_EQ(Run({"sample", "--held=" + mask}), 0) << err_;
  EXPECT_EQ(server_.sample_request.held_coordinates().data(), std::string("\1\0\0\1", 4));
  ASSERT_EQ(Run({"sample", "--held_rows=1:1"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.held_coordinates().data(), std::string("\0\0\1\1", 4));
  server_.model.mutable_input_shape()->Clear();
  for (const int64_t size : {3, 2, 1}) server_.model.add_input_shape(size);
  ASSERT_EQ(Run({"sample", "--held_rows=1:1"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.held_coordinates().data(), std::string("\0\1\0\1\0\1", 6)) << "in every channel";
  server_.model.mutable_input_shape()->Clear();
  for (const int64_t size : {2, 2}) server_.model.add_input_shape(size);
  EXPECT_EQ(Run({"sample", "--held=" + WriteFile("mask.csv", "1,0,0.5,1\n")}), 2);
  EXPECT_THAT(err_, HasSubstr("value 0.5 is neither 0 nor 1"));
  EXPECT_EQ(Run({"sample", "--held=" + WriteFile("mask.csv", "1,0,1\n")}), 2);
  EXPECT_EQ(Run({"sample", "--held_rows=1:2"}), 2);
}

TEST_F(SampleCommandTest, DrawsLiveOverItself) {
  out_is_terminal_ = true;
  server_.sample_stream = {FrameOf(10, {0}, {0, 0, 0, 0}, false), FrameOf(20, {0}, {16, 16, 16, 16}, true),
                           v1::SampleResponse()};
  server_.sample_stream[2].mutable_summary()->set_chains_finished(1);
  ASSERT_EQ(Run({"sample", "--chains=1", "--steps=100", "--live"}), 0) << err_;
  EXPECT_EQ(server_.sample_request.frame_interval(), 2U);
  EXPECT_THAT(out_, HasSubstr("step 10 of 100\n\x1b[4A\r@@@@"));
  EXPECT_EQ(Run({"sample", "--live", "--format=json"}), 2);
}

TEST_F(SampleCommandTest, ShowsProgressOnATerminalOnly) {
  ASSERT_EQ(Run({"sample", "--chains=2"}), 0);
  EXPECT_EQ(err_, "");
  err_is_terminal_ = true;
  ASSERT_EQ(Run({"sample", "--chains=2", "--frame_interval=3"}), 0);
  EXPECT_EQ(server_.sample_request.frame_interval(), 3U);
  EXPECT_THAT(err_, HasSubstr("1/2 chains done"));
  EXPECT_THAT(err_, ::testing::EndsWith("\r\x1b[K"));
}

TEST_F(SampleCommandTest, AStreamThatLosesAChainIsStatus1AndWritesNoFile) {
  server_.sample_stream = {FrameOf(20, {0}, {0, 0, 0, 0}, true), v1::SampleResponse()};
  server_.sample_stream[1].mutable_summary();
  const std::string path = testing::TempDir() + "/never.npy";
  EXPECT_EQ(Run({"sample", "--chains=2", "--output=" + path}), 1);
  EXPECT_THAT(err_, HasSubstr("no final state of chain 1"));
  EXPECT_FALSE(ReadFileBytes(path).ok());
}

TEST_F(SampleCommandTest, TheDeadlineIsStatus1) {
  server_.sample_hangs = true;
  EXPECT_EQ(Run({"sample", "--deadline=0.05"}), 1);
  EXPECT_THAT(err_, StartsWith("ebm-client: DEADLINE_EXCEEDED: "));
}

}  // namespace
}  // namespace ebm::client
