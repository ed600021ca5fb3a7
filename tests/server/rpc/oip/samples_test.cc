// Sample requests and their answers, without chains.

#include "server/rpc/oip/samples.h"

#include <optional>
#include <string>
#include <variant>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"
#include "tests/server/rpc/oip/requests.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<inference::SampleRequest> Read(const wire::ModelInferRequest& request) {
  const auto inputs = Inputs::Read(request, kSampleInputs);
  if (!inputs.ok()) return inputs.status();
  return ToSampleRequest(request, *inputs, inference::FakeInfo());
}

// With one parameter.
template <typename Value>
absl::StatusOr<inference::SampleRequest> ReadWith(const std::string& name, Value value) {
  wire::ModelInferRequest request;
  wire::InferParameter& parameter = (*request.mutable_parameters())[name];
  if constexpr (std::is_same_v<Value, bool>) {
    parameter.set_bool_param(value);
  } else if constexpr (std::is_same_v<Value, int>) {
    parameter.set_int64_param(value);
  } else if constexpr (std::is_same_v<Value, double>) {
    parameter.set_double_param(value);
  } else {
    parameter.set_string_param(value);
  }
  return Read(request);
}

template <typename Value>
std::string RefusalOf(const std::string& name, Value value) {
  const auto read = ReadWith(name, value);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(read.status().message());
}

TEST(SamplesTest, WithoutParametersOneChainRunsWithTheModelsDefaults) {
  const auto read = Read(wire::ModelInferRequest());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->chains, 1U);
  EXPECT_EQ(read->seed, std::nullopt);
  EXPECT_EQ(read->sampler, inference::SamplerDefaults(inference::FakeInfo()));
}

TEST(SamplesTest, EveryParameterHasItsField) {
  EXPECT_EQ(ReadWith("chains", 7)->chains, 7U);
  EXPECT_EQ(ReadWith("seed", 8)->seed, 8U);
  EXPECT_EQ(ReadWith("target_class", 2)->target_class, 2);
  EXPECT_EQ(ReadWith("frame_interval", 9)->frame_interval, 9U);
  EXPECT_EQ(ReadWith("first_chain", 10)->first_chain, 10U);
  EXPECT_EQ(ReadWith("first_step", 11)->first_step, 11U);
  EXPECT_EQ(ReadWith("state_units", "scaled")->state_units, inference::StateUnits::kScaled);
  EXPECT_TRUE(ReadWith("include_diagnostics", true)->include_diagnostics);
  EXPECT_EQ(ReadWith("priority", 1)->priority, batching::Priority::kHigh);
  EXPECT_EQ(ReadWith("priority", 3)->priority, batching::Priority::kLow);
  EXPECT_EQ(ReadWith("steps", 12)->sampler.steps, 12U);
  EXPECT_EQ(ReadWith("start", "buffer")->sampler.start, ChainStart::kBuffer);
  EXPECT_EQ(ReadWith("clamp_lower", 0.5)->sampler.clamp_lower, 0.5F);
  EXPECT_EQ(ReadWith("clamp", false)->sampler.clamp_upper, std::nullopt);
}

TEST(SamplesTest, SettingsOfTheKernelHaveTheirNames) {
  EXPECT_EQ(MotionOf(ReadWith("step_size", 0.25)->sampler.kernel).step_size, 0.25F);
  EXPECT_EQ(MotionOf(ReadWith("noise_scale", 1)->sampler.kernel).noise_scale, 1.0F) << "an integer is a number";
  EXPECT_FLOAT_EQ(static_cast<float>(TemperatureOf(ReadWith("temperature", 0.5)->sampler.kernel)), 0.5F);
  EXPECT_TRUE(std::get<Langevin>(ReadWith("final_noise_free_step", true)->sampler.kernel).final_noise_free_step);
}

TEST(SamplesTest, AnotherKernelTakesItsOwnSettings) {
  wire::ModelInferRequest request;
  (*request.mutable_parameters())["kernel"].set_string_param("metropolis_langevin");
  (*request.mutable_parameters())["adaptation_steps"].set_int64_param(3);
  const auto read = Read(request);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::get<MetropolisLangevin>(read->sampler.kernel),
            (MetropolisLangevin{.step_size = 0.1F, .noise_scale = 0.2F, .adaptation_steps = 3}));
}

TEST(SamplesTest, AnnealedChainsStartFromTheBaseDensity) {
  EXPECT_EQ(ReadWith("kernel", "annealed_langevin")->sampler.start, ChainStart::kBase);
}

TEST(SamplesTest, RefusesUnknownParametersAndValues) {
  EXPECT_THAT(RefusalOf("stepz", 1), HasSubstr("there is no 'stepz' for samples by langevin"));
  EXPECT_THAT(RefusalOf("adaptation_steps", 1), HasSubstr("for samples by langevin"));
  EXPECT_THAT(RefusalOf("kernel", "steps"), HasSubstr("must be one of: langevin, metropolis_langevin"));
  EXPECT_THAT(RefusalOf("start", "zero"), HasSubstr("must be one of: uniform, buffer, given, base"));
  EXPECT_THAT(RefusalOf("state_units", "mm"), HasSubstr("must be data or scaled"));
  EXPECT_THAT(RefusalOf("clamp", true), HasSubstr("must be false or unset"));
  EXPECT_THAT(RefusalOf("chains", -1), HasSubstr("parameters.chains: -1, must not be negative"));
  EXPECT_THAT(RefusalOf("chains", "7"), HasSubstr("parameters.chains: must be an integer"));
  EXPECT_THAT(RefusalOf("step_size", true), HasSubstr("parameters.step_size: must be a number"));
  EXPECT_THAT(RefusalOf("steps", 1.5), HasSubstr("parameters.steps: must be an integer"));
}

TEST(SamplesTest, StartStatesImplyTheirStart) {
  wire::ModelInferRequest request;
  AddRawInput(request, "start_states", {1, 4}, {1, 2, 3, 4});
  const auto read = Read(request);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->sampler.start, ChainStart::kGiven);
  (*request.mutable_parameters())["start"].set_string_param("uniform");
  EXPECT_EQ(Read(request)->sampler.start, ChainStart::kUniform) << "which the core refuses";
}

TEST(SamplesTest, AFrameHasTheRequestedOutputs) {
  const batching::Frame frame = {.step = 5,
                                 .final_states = true,
                                 .chains = {0, 2},
                                 .states = {0, 0, 0, 0, 1, 1, 1, 1},
                                 .log_density = {-1, -2},
                                 .log_weights = {0.5, 0.25}};
  inference::SamplePlan plan;
  plan.first_chain = 10;
  const wire::ModelInferResponse all = ToResponse(frame, {.id = "a", .outputs = {}}, plan, inference::FakeInfo());
  EXPECT_EQ(all.model_name(), "fake.sample");
  EXPECT_EQ(all.id(), "a");
  EXPECT_EQ(all.outputs_size(), 4);
  EXPECT_THAT(Output<float>(all, "states"), ElementsAre(2, 2, 2, 2, 4, 4, 4, 4)) << "in data units";
  EXPECT_THAT(Output<uint32_t>(all, "chains"), ElementsAre(10, 12));
  EXPECT_THAT(Output<float>(all, "log_density"), ElementsAre(-1, -2));
  EXPECT_THAT(Output<double>(all, "log_weight"), ElementsAre(0.5, 0.25));
  EXPECT_EQ(all.parameters().at("step").int64_param(), 5);
  EXPECT_TRUE(all.parameters().at("final").bool_param());
  EXPECT_FALSE(all.parameters().at("triton_final_response").bool_param());
  const wire::ModelInferResponse chains =
      ToResponse(frame, {.id = "", .outputs = {"chains"}}, plan, inference::FakeInfo());
  ASSERT_EQ(chains.outputs_size(), 1);
  EXPECT_EQ(chains.outputs(0).datatype(), "UINT32");
}

TEST(SamplesTest, TheLastResponseHasTheReportsFigures) {
  inference::SampleReport report = {.chains_finished = 3, .diverged = {{1, 7}, {4, 9}}, .chain_steps = 30};
  report.acceptance_rate = 0.5;
  inference::SamplePlan plan;
  plan.seed = uint64_t{1} << 63;
  const wire::ModelInferResponse last = ToResponse(report, {.id = "a", .outputs = {}}, plan, inference::FakeInfo());
  EXPECT_EQ(last.outputs_size(), 0);
  EXPECT_TRUE(last.parameters().at("triton_final_response").bool_param());
  EXPECT_EQ(last.parameters().at("seed").uint64_param(), uint64_t{1} << 63);
  EXPECT_EQ(last.parameters().at("chains_finished").int64_param(), 3);
  EXPECT_EQ(last.parameters().at("diverged_chains").string_param(), "1:7,4:9");
  EXPECT_EQ(last.parameters().at("acceptance_rate").double_param(), 0.5);
  EXPECT_EQ(last.parameters().at("kernel").string_param(), "langevin");
  EXPECT_FALSE(last.parameters().contains("log_z"));
}

TEST(SamplesTest, RefusesOutputsThatSamplesDoNotHave) {
  wire::ModelInferRequest request;
  request.add_outputs()->set_name("probabilities");
  EXPECT_THAT(std::string(ReadResponseParts(request).status().message()),
              HasSubstr("samples have states, chains, log_density, log_weight"));
  request.mutable_outputs(0)->set_name("states");
  request.add_outputs()->set_name("states");
  EXPECT_THAT(std::string(ReadResponseParts(request).status().message()), HasSubstr("states is requested twice"));
}

}  // namespace
}  // namespace ebm::rpc::oip
