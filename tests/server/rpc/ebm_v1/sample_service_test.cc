// Sample through a real server: the messages of a stream, how streams end, and which requests have to wait.

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/langevin.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::HasSubstr;

// Final states by chain.
std::map<uint32_t, std::vector<float>> FinalStates(const SampleOutcome& outcome) {
  std::map<uint32_t, std::vector<float>> states;
  for (const v1::SampleFrame& frame : outcome.frames) {
    if (!frame.final()) continue;
    const std::vector<float> values = ToFloats(frame.states());
    for (int i = 0; i < frame.chains_size(); ++i) {
      states[frame.chains(i)].assign(values.begin() + 4 * i, values.begin() + 4 * i + 4);
    }
  }
  return states;
}

class SampleServiceTest : public ServiceTest {};

// A slow oracle of the server's results: moves one chain at a time with the sampler's kernel.
std::vector<float> ChainByHand(uint64_t seed, uint32_t chain, uint32_t chains, uint32_t steps) {
  const auto model = MakeTestModel();
  const ChainSettings first = {.seed = seed,
                               .sampler = {.steps = steps,
                                           .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F},
                                           .clamp_lower = -1.0F,
                                           .clamp_upper = 1.0F}};
  MatrixBuffer starts(chains, 4);
  EXPECT_TRUE(model->starts().Draw(first, starts.view()).ok());
  ChainBatch batch(1, 4);
  ChainSettings settings = first;
  settings.chain = chain;
  batch.Set(0, settings, 0, std::as_const(starts).row(chain), {});
  for (uint32_t step = 0; step < steps; ++step) {
    LangevinKernel(*model->energy().log_density_gradient()).Step(batch);
  }
  std::vector<float> state;
  for (const float value : batch.states().row(0))
    state.push_back(model->info().spec.columns.front().scaling.ToData(value));
  return state;
}

TEST_F(SampleServiceTest, ReturnsTheSameStatesAsTheSamplersKernel) {
  StartServer();
  const SampleOutcome outcome = Sample(Request(/*chains=*/20, /*steps=*/7, /*frame_interval=*/0, /*seed=*/11));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const auto states = FinalStates(outcome);
  ASSERT_EQ(states.size(), 20);
  for (const auto& [chain, state] : states) EXPECT_EQ(state, ChainByHand(11, chain, 20, 7)) << "chain " << chain;
}

TEST_F(SampleServiceTest, TheSummaryHasAnAcceptanceRateForMetropolisOnly) {
  StartServer();
  v1::SampleRequest request = Request(/*chains=*/20, /*steps=*/30, /*frame_interval=*/0, /*seed=*/11);
  EXPECT_FALSE(Sample(request).summary->has_acceptance_rate());
  request.mutable_sampler()->mutable_metropolis_langevin()->set_step_size(0.5F);
  request.mutable_sampler()->mutable_metropolis_langevin()->set_noise_scale(1.0F);
  const SampleOutcome outcome = Sample(request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_GT(outcome.summary->acceptance_rate(), 0.05);  // the noise scale is half of the width of the clamp
  EXPECT_LT(outcome.summary->acceptance_rate(), 0.95);
  EXPECT_EQ(FinalStates(outcome).size(), 20);
}

TEST_F(SampleServiceTest, ReportsDiagnosticsAndTheTunedStepSize) {
  StartServer();
  v1::SampleRequest request = Request(/*chains=*/20, /*steps=*/400, /*frame_interval=*/0, /*seed=*/11);
  EXPECT_FALSE(Sample(request).summary->has_diagnostics());
  EXPECT_FALSE(Sample(request).summary->has_adapted_step_size());
  request.set_include_diagnostics(true);
  v1::MetropolisLangevin& kernel = *request.mutable_sampler()->mutable_metropolis_langevin();
  kernel.set_step_size(1e-3F);
  kernel.set_temperature(1);
  kernel.set_adaptation_steps(100);
  const SampleOutcome outcome = Sample(request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_GT(outcome.summary->adapted_step_size(), 1e-2);
  const v1::ChainDiagnostics& diagnostics = outcome.summary->diagnostics();
  EXPECT_EQ(diagnostics.first_step(), 251);
  EXPECT_EQ(diagnostics.step_interval(), 1);
  EXPECT_EQ(diagnostics.draws(), 150);
  EXPECT_GT(diagnostics.largest_r_hat(), 0.9);
  EXPECT_LT(diagnostics.largest_r_hat(), 1.5);
  EXPECT_LT(diagnostics.largest_r_hat_coordinate(), 4);
  EXPECT_GT(diagnostics.log_density_effective_sample_size(), 20);
  EXPECT_LT(diagnostics.log_density_effective_sample_size(), 20 * 150);
}

// With a step size of 1e-9 the chains hardly leave their starts, which are far apart.
TEST_F(SampleServiceTest, DiagnosticsDetectChainsThatDoNotMix) {
  StartServer();
  v1::SampleRequest request = Request(/*chains=*/20, /*steps=*/50, /*frame_interval=*/0, /*seed=*/11);
  request.set_include_diagnostics(true);
  request.mutable_sampler()->mutable_langevin()->set_step_size(1e-9F);
  request.mutable_sampler()->mutable_langevin()->set_noise_scale(1e-5F);
  const SampleOutcome outcome = Sample(request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_GT(outcome.summary->diagnostics().largest_r_hat(), 10);
  EXPECT_TRUE(outcome.summary->diagnostics().has_log_density_effective_sample_size());
  EXPECT_LT(outcome.summary->diagnostics().log_density_effective_sample_size(), 60);
}

TEST_F(SampleServiceTest, StreamsEveryChainAtEveryInterval) {
  StartServer();
  const SampleOutcome outcome = Sample(Request(/*chains=*/18, /*steps=*/10, /*frame_interval=*/4));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  std::multiset<std::pair<uint32_t, uint32_t>> seen;
  for (const v1::SampleFrame& frame : outcome.frames) {
    EXPECT_EQ(frame.final(), frame.step() == 10);
    EXPECT_EQ(frame.log_densities_size(), frame.chains_size());
    for (const uint32_t chain : frame.chains()) seen.emplace(frame.step(), chain);
  }
  std::multiset<std::pair<uint32_t, uint32_t>> expected;
  for (uint32_t step : {4, 8, 10}) {
    for (uint32_t chain = 0; chain < 18; ++chain) expected.emplace(step, chain);
  }
  EXPECT_EQ(seen, expected);
}

TEST_F(SampleServiceTest, ARequestMadeFromTheSummaryRepeatsTheSamples) {
  StartServer();
  v1::SampleRequest request = Request(3, 5, 0);
  request.clear_seed();
  const SampleOutcome first = Sample(request);
  ASSERT_TRUE(first.summary.has_value());
  EXPECT_EQ(first.summary->model().name(), "quadratic");
  EXPECT_EQ(first.summary->chains_finished(), 3);
  EXPECT_EQ(first.summary->chain_steps(), 15);
  EXPECT_NEAR(first.summary->temperature(), 0.2 * 0.2 / (2 * 0.1), 1e-6);
  EXPECT_GE(first.summary->total_seconds(), first.summary->queue_seconds());

  v1::SampleRequest again;
  again.set_chains(3);
  again.set_seed(first.summary->seed());
  *again.mutable_sampler() = first.summary->sampler();
  EXPECT_EQ(FinalStates(Sample(again)), FinalStates(first));
}

TEST_F(SampleServiceTest, ServersDrawDifferentSeeds) {
  StartServer();
  v1::SampleRequest request = Request(1, 1, 0);
  request.clear_seed();
  EXPECT_NE(Sample(request).summary->seed(), Sample(request).summary->seed());
}

TEST_F(SampleServiceTest, HeldCoordinatesKeepTheirValue) {
  StartServer();
  v1::SampleRequest request = Request(4, 10, 0);
  *request.mutable_start_states() = FloatTensor({1, 4}, {0.5F, 1, 1.5F, 2});
  *request.mutable_held_coordinates() = ByteTensor({4}, std::string("\x01\x00\x01\x00", 4));
  for (const auto& [chain, state] : FinalStates(Sample(request))) {
    EXPECT_EQ(state[0], 0.5F);
    EXPECT_NE(state[1], 1);
    EXPECT_EQ(state[2], 1.5F);
    EXPECT_NE(state[3], 2);
  }
}

TEST_F(SampleServiceTest, ADivergingChainIsReportedWithItsStep) {
  StartServer();
  v1::SampleRequest request = Request(2, 1000, 0);
  request.mutable_sampler()->mutable_langevin()->set_step_size(1e20F);
  request.mutable_sampler()->mutable_clamp();
  const SampleOutcome outcome = Sample(request);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_TRUE(outcome.frames.empty());
  ASSERT_EQ(outcome.summary->diverged_chains_size(), 2);
  EXPECT_EQ(outcome.summary->chains_finished(), 0);
  EXPECT_GE(outcome.summary->diverged_chains(0).step(), 1);
  EXPECT_LE(outcome.summary->diverged_chains(0).step(), 10);
}

TEST_F(SampleServiceTest, RefusesBadRequestsBeforeTheStream) {
  StartServer();
  const SampleOutcome outcome = Sample(Request(/*chains=*/0, 1, 0));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(outcome.status.error_message(), HasSubstr("chains: 0, must be 1 to 1024"));
  EXPECT_FALSE(outcome.summary.has_value());
}

TEST_F(SampleServiceTest, TheSameSeedGivesTheSameBitsUnderLoad) {
  StartServer();
  const v1::SampleRequest request = Request(/*chains=*/21, /*steps=*/200, 0, /*seed=*/99);
  const auto alone = FinalStates(Sample(request));

  std::atomic<bool> stop = false;
  std::vector<std::thread> others;
  others.reserve(3);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    others.emplace_back([&, seed] {
      while (!stop) Sample(Request(5 + static_cast<uint32_t>(seed), 50, 10, seed));
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(FinalStates(Sample(request)), alone);
  stop = true;
  for (std::thread& other : others) other.join();
}

TEST_F(SampleServiceTest, CancellingFreesTheChains) {
  StartServer();
  grpc::ClientContext context;
  const auto reader = stub_->Sample(&context, Request(8, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  context.TryCancel();
  while (reader->Read(&response)) EXPECT_FALSE(response.has_summary());
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(SampleServiceTest, ADeadlineEndsTheStream) {
  StartServer();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(100)));
  const auto reader = stub_->Sample(&context, Request(8, kEndless, 0));
  v1::SampleResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(SampleServiceTest, TheSchedulerGetsWhatIsLeftOfACallsDeadline) {
  StartServer();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(1000)));
  const auto reader = stub_->Sample(&context, Request(8, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  const absl::Duration left = running_->scheduler().NextDeadline() - clock_.Now();
  EXPECT_GT(left, absl::Seconds(900));
  EXPECT_LE(left, absl::Seconds(1020)) << "gRPC rounds up to the digits that travel";
  context.TryCancel();
}

TEST_F(SampleServiceTest, ACallWithoutADeadlineHasNone) {
  StartServer();
  grpc::ClientContext context;
  const auto reader = stub_->Sample(&context, Request(8, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(running_->scheduler().NextDeadline(), batching::SteadyTime::InfiniteFuture());
  context.TryCancel();
}

// There is one worker, and the slow reader's chains fill all its slots.
TEST_F(SampleServiceTest, ASlowReadersChainsAreParkedAndOthersContinue) {
  StartServer(/*workers=*/1);
  grpc::ClientContext context;
  const auto slow = stub_->Sample(&context, Request(16, kEndless, 1));
  const auto all_parked = [&] { return running_->scheduler().Stats().parked_chains == 16; };
  for (int i = 0; i < 10'000 && !all_parked(); ++i) ASSERT_TRUE(Sample(Request(2, 3, 1)).status.ok());
  EXPECT_TRUE(all_parked());

  // Once its frames are read, the request continues from its last states.
  v1::SampleResponse response;
  std::map<uint32_t, uint32_t> last_step;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(slow->Read(&response));
    for (const uint32_t chain : response.frame().chains()) EXPECT_EQ(response.frame().step(), ++last_step[chain]);
  }
  context.TryCancel();
  slow->Finish();
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(SampleServiceTest, AVanishedClientsChainsAreFreed) {
  StartServer();
  {
    auto channel = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    const auto stub = v1::InferenceService::NewStub(channel);
    grpc::ClientContext context;
    const auto reader = stub->Sample(&context, Request(8, kEndless, 1));
    v1::SampleResponse response;
    ASSERT_TRUE(reader->Read(&response));
  }
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(SampleServiceTest, ManyCallsThatAreCancelledAtOnceReleaseAllChains) {
  StartServer();
  for (uint64_t seed = 0; seed < 200; ++seed) {
    grpc::ClientContext context;
    const auto reader = stub_->Sample(&context, Request(3, 20, 1, seed));
    v1::SampleResponse response;
    for (uint64_t i = 0; i < seed % 7; ++i) reader->Read(&response);
    context.TryCancel();
    reader->Finish();
  }
  EXPECT_TRUE(BecomesIdle());
  EXPECT_TRUE(Sample(Request(1, 1, 0)).status.ok());
}

TEST_F(SampleServiceTest, FullMemoryIsResourceExhausted) {
  StartServer();
  const auto others = memory_.TryReserve(memory_.limit() - 10'000, "other requests");
  const SampleOutcome refused = Sample(Request(500, 1, 0));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.status.error_message(), HasSubstr(std::to_string(memory_.limit())));
  v1::SampleRequest with_states = Request(1000, 1, 0);
  *with_states.mutable_start_states() = FloatTensor({1000, 4}, std::vector<float>(4000));
  const SampleOutcome refused_early = Sample(with_states);
  EXPECT_EQ(refused_early.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused_early.status.error_message(), HasSubstr("the start states need 16000 bytes"));
  EXPECT_TRUE(running_->scheduler().Idle());
  EXPECT_TRUE(Sample(Request(1, 1, 0)).status.ok());
}

TEST_F(SampleServiceTest, MemoryOfCallsComesBackHoweverTheyEnd) {
  StartServer();
  EXPECT_TRUE(Sample(Request(4, 10, 1)).status.ok());
  {
    grpc::ClientContext context;
    const auto reader = stub_->Sample(&context, Request(8, kEndless, 1));
    v1::SampleResponse response;
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_GE(memory_.held(), 8 * 2 * 4 * sizeof(float)) << "a state and a frame of each chain";
    context.TryCancel();
    reader->Finish();
  }
  EXPECT_FALSE(Sample(Request(0, 1, 0)).status.ok());
  server_.reset();  // waits for the calls' ends
  EXPECT_TRUE(BecomesIdle());
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(SampleServiceTest, AFullQueueIsResourceExhausted) {
  StartServer(/*workers=*/0);
  batching::QueueRoom little({.max_queued_chains = 3});
  batching::SharedParts shared = Shared();
  shared.room = &little;
  const auto model = MakeTestModel(QuadraticCheckpoint(), "2");
  ASSERT_TRUE(catalog_.Add(std::make_shared<catalog::RunningModel>(model, &*pool_, shared)).ok());
  const SampleOutcome outcome = Sample(Request(4, 1, 0));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(outcome.status.error_message(), HasSubstr("3"));
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1
