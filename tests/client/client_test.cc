#include "client/client.h"

#include <memory>
#include <stop_token>
#include <vector>

#include "client/connection.h"
#include "client/stubs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_retry_clock.h"
#include "tests/client/fake_server.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClientTest : public ::testing::Test {
 protected:
  Client MakeClient(const ConnectionOptions& options = {}) {
    return Client(std::make_shared<Connection>(std::make_unique<Stubs>(server_.channel()), nullptr, options, clock_));
  }

  // Two rows of the toy model: classes b and c.
  const MatrixBuffer rows_ = MatrixBuffer({1, 2, 3, 4, 2, 0, 0, 0}, 2, 4);
  const std::shared_ptr<FakeRetryClock> clock_ = std::make_shared<FakeRetryClock>();
  FakeServer server_;
};

v1::SampleResponse Summary(uint64_t seed) {
  v1::SampleResponse response;
  response.mutable_summary()->set_seed(seed);
  return response;
}

TEST_F(ClientTest, ClassifiesRowsInOrder) {
  const auto answer = MakeClient().Classify({.name = "toy", .version = "7"}, rows_.view());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->model, (ModelIdentity{"toy", "7"}));
  EXPECT_THAT(answer->classes, ElementsAre(1, 2));
  EXPECT_THAT(answer->class_labels, ElementsAre("a", "b", "c"));
  EXPECT_THAT(answer->probabilities.row(1), ElementsAre(0.125F, 0.125F, 0.75F));
}

TEST_F(ClientTest, SendsModelAndRowsAsFloat32) {
  ASSERT_TRUE(MakeClient().Classify({.name = "toy", .version = "7"}, rows_.view()).ok());
  const v1::ClassifyRequest& request = server_.classify_requests.at(0);
  EXPECT_EQ(request.model().name(), "toy");
  EXPECT_EQ(request.model().version(), "7");
  EXPECT_EQ(request.inputs().data_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_THAT(request.inputs().shape(), ElementsAre(2, 4));
  EXPECT_EQ(TensorValues(request.inputs()), rows_.values());
}

TEST_F(ClientTest, ScoresOnlyWhatWasAskedFor) {
  const auto plain = MakeClient().Score({}, rows_.view(), {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->log_densities, ElementsAre(10.0F, 2.0F));
  EXPECT_TRUE(plain->max_softmaxes.empty());
  EXPECT_TRUE(plain->percentiles.empty());

  const auto full =
      MakeClient().Score({}, rows_.view(), {.max_softmax = true, .gradient_norm = true, .percentile = true});
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_THAT(full->max_softmaxes, ElementsAre(0.5F, 0.5F));
  EXPECT_THAT(full->gradient_norms, ElementsAre(2.5F, 2.5F));
  EXPECT_THAT(full->percentiles, ElementsAre(12.5F, 12.5F));
}

TEST_F(ClientTest, PValuesAndLnPComeWhereAskedFor) {
  server_.Calibrate(7);
  const auto plain = MakeClient().Score({}, rows_.view(), {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_TRUE(plain->p_values.empty() && plain->normalized_log_densities.empty());
  EXPECT_FALSE(plain->log_z_standard_error.has_value());

  const auto full = MakeClient().Score({}, rows_.view(), {.p_value = true, .normalized_log_density = true});
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_THAT(full->outlier_scores, ElementsAre(1.0F, 2.0F));
  EXPECT_THAT(full->p_values, ElementsAre(0.125F, 0.25F));
  EXPECT_THAT(full->normalized_log_densities, ElementsAre(-3.0F, -2.0F));
  EXPECT_THAT(full->bits_per_dimension, ElementsAre(3.25F, 3.25F));
  EXPECT_EQ(full->log_z_standard_error, 0.125);
}

TEST_F(ClientTest, AnAnswerWithTooFewPValuesIsInternal) {
  server_.change_score = [](v1::ScoreResponse& response) { response.mutable_p_values()->RemoveLast(); };
  const auto answer = MakeClient().Score({}, rows_.view(), {.p_value = true});
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("p_values"));
}

TEST_F(ClientTest, CalibratedProbabilitiesAreAskedForByName) {
  ASSERT_TRUE(MakeClient().Classify({}, rows_.view()).ok());
  ASSERT_TRUE(MakeClient().Classify({}, rows_.view(), /*calibrated=*/true).ok());
  EXPECT_FALSE(server_.classify_requests.at(0).calibrated());
  EXPECT_TRUE(server_.classify_requests.at(1).calibrated());
}

// As float32, 1 / 5 is larger than the double 0.2 that a caller passes.
TEST(IsOutlierTest, ARowExactlyAtTheRateIsFlagged) {
  for (int n = 1; n < 400; ++n) {
    for (int k = 1; k <= n + 1; ++k) {
      const double rate = static_cast<double>(k) / (n + 1);
      EXPECT_TRUE(IsOutlier(static_cast<float>(rate), rate)) << k << " / " << n + 1;
      EXPECT_FALSE(IsOutlier(static_cast<float>((k + 1.0) / (n + 1)), rate)) << k + 1 << " / " << n + 1;
    }
  }
}

TEST_F(ClientTest, ErrorsCarryTheServersCodeAndMessage) {
  server_.error = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "inputs: 2 rows, the queue has room for 1");
  const auto answer = MakeClient().Classify({}, rows_.view());
  EXPECT_EQ(answer.status(), absl::ResourceExhaustedError("inputs: 2 rows, the queue has room for 1"));
  EXPECT_EQ(MakeClient().Score({}, rows_.view(), {}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MakeClient().ListModels().status().code(), absl::StatusCode::kResourceExhausted);
  const auto samples = MakeClient().Sample({}, [](const SampleFrame&) { FAIL() << "a frame of a rejected request"; });
  EXPECT_EQ(samples.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ClientTest, MalformedAnswersAreInternal) {
  server_.change_classify = [](v1::ClassifyResponse& r) { r.set_classes(0, 3); };
  EXPECT_THAT(MakeClient().Classify({}, rows_.view()).status().ToString(), HasSubstr("INTERNAL"));
  server_.change_score = [](v1::ScoreResponse& r) { r.add_log_densities(0.0F); };
  EXPECT_THAT(MakeClient().Score({}, rows_.view(), {}).status().ToString(), HasSubstr("length of log_densities is 3"));
}

TEST_F(ClientTest, HandsOutFramesInTheOrderTheyCome) {
  server_.sample_stream = {FrameOf(1, {1}, {1, 1, 1, 1}, false), FrameOf(1, {0}, {2, 2, 2, 2}, false),
                           FrameOf(2, {0, 1}, {3, 3, 3, 3, 4, 4, 4, 4}, true), Summary(5)};
  std::vector<SampleFrame> frames;
  const auto summary =
      MakeClient().Sample({.model = {}, .chains = 2, .sampler = {}, .start_states = {}, .held_coordinates = {}},
                          [&](const SampleFrame& frame) { frames.push_back(frame); });
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->seed, 5U);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_THAT(frames[0].chains, ElementsAre(1));
  EXPECT_FALSE(frames[1].final);
  EXPECT_TRUE(frames[2].final);
  EXPECT_THAT(frames[2].states.row(1), ElementsAre(4, 4, 4, 4));
  EXPECT_THAT(frames[2].log_densities, ElementsAre(0, -1));
}

TEST_F(ClientTest, SendsEverySettingOfASampleRequest) {
  SampleRequest request;
  request.chains = 3;
  request.seed = 11;
  request.target_class = 2;
  request.sampler = {.steps = 4,
                     .kernel = Langevin{.step_size = 0.5F, .noise_scale = 0.25F, .final_noise_free_step = true},
                     .start = ChainStart::kGiven,
                     .clamp_lower = 1.0F,
                     .clamp_upper = 2.0F};
  request.start_states = MatrixBuffer({1, 2, 3, 4}, 1, 4);
  request.held_coordinates = {1, 0, 0, 1};
  request.frame_interval = 6;
  request.priority = Priority::kHigh;
  request.first_chain = 40;
  request.first_step = 3;
  request.state_units = StateUnits::kScaled;
  ASSERT_TRUE(MakeClient().Sample(request, [](const SampleFrame&) {}).ok());
  const v1::SampleRequest& sent = server_.sample_request;
  EXPECT_EQ(sent.chains(), 3U);
  EXPECT_EQ(sent.seed(), 11U);
  EXPECT_EQ(sent.target_class(), 2);
  EXPECT_EQ(sent.sampler().steps(), 4U);
  EXPECT_EQ(sent.sampler().langevin().step_size(), 0.5F);
  EXPECT_EQ(sent.sampler().langevin().noise_scale(), 0.25F);
  EXPECT_EQ(sent.sampler().clamp().upper(), 2.0F);
  EXPECT_TRUE(sent.sampler().langevin().final_noise_free_step());
  EXPECT_EQ(sent.sampler().start(), v1::CHAIN_START_GIVEN);
  EXPECT_EQ(TensorValues(sent.start_states()), request.start_states.values());
  EXPECT_EQ(sent.held_coordinates().data(), std::string("\1\0\0\1", 4));
  EXPECT_EQ(sent.frame_interval(), 6U);
  EXPECT_EQ(sent.priority(), v1::PRIORITY_HIGH);
  EXPECT_EQ(sent.first_chain(), 40U);
  EXPECT_EQ(sent.first_step(), 3U);
  EXPECT_EQ(sent.state_units(), v1::STATE_UNITS_SCALED);
}

TEST_F(ClientTest, WithoutRetriesUnsetFieldsAreLeftToTheServer) {
  ASSERT_TRUE(MakeClient({.retry = {.attempts = 1}}).Sample({}, [](const SampleFrame&) {}).ok());
  EXPECT_EQ(server_.models_listed, 0);
  const v1::SampleRequest& sent = server_.sample_request;
  EXPECT_FALSE(sent.has_seed());
  EXPECT_FALSE(sent.has_target_class());
  EXPECT_FALSE(sent.has_sampler());
  EXPECT_FALSE(sent.has_start_states());
  EXPECT_FALSE(sent.has_held_coordinates());
}

// The parts of a stream that is continued must belong together.
TEST_F(ClientTest, WithRetriesTheVersionAndTheSeedOfSamplesAreSettled) {
  ASSERT_TRUE(MakeClient().Sample({}, [](const SampleFrame&) {}).ok());
  EXPECT_TRUE(server_.sample_request.has_seed());
  EXPECT_EQ(server_.sample_request.model().name(), "toy");
  EXPECT_EQ(server_.sample_request.model().version(), "7");
  EXPECT_FALSE(server_.sample_request.has_sampler());
  const int listed = server_.models_listed;
  const SampleRequest settled = {.model = {"toy", "7"}, .seed = 3, .sampler = SamplerSettings()};
  ASSERT_TRUE(MakeClient().Sample(settled, [](const SampleFrame&) {}).ok());
  EXPECT_EQ(server_.models_listed, listed);
}

TEST_F(ClientTest, WaitsLongerWhileTheServerIsFull) {
  server_.error = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  EXPECT_EQ(MakeClient().Classify({}, rows_.view()).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(server_.classify_requests.size(), 4U);
  EXPECT_THAT(clock_->waits, ElementsAre(absl::Milliseconds(375), absl::Milliseconds(750), absl::Milliseconds(1500)));
}

TEST_F(ClientTest, DoesNotWaitBeyondTheDeadline) {
  server_.error = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  const Client client = MakeClient({.deadline = absl::Seconds(1)});
  EXPECT_EQ(client.Classify({}, rows_.view()).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(clock_->waits, ElementsAre(absl::Milliseconds(375)));
}

TEST_F(ClientTest, OtherErrorsAreFinal) {
  server_.error = grpc::Status(grpc::StatusCode::INTERNAL, "the model's computation failed");
  EXPECT_EQ(MakeClient().Score({}, rows_.view(), {}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(server_.score_requests.size(), 1U);
}

TEST_F(ClientTest, LoadsAndUnloadsOnce) {
  const auto loaded = MakeClient().LoadModel("toy", "8");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->identity, (ModelIdentity{"toy", "7"}));
  server_.error = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  EXPECT_EQ(MakeClient().LoadModel("toy", "").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MakeClient().UnloadModel("toy", "7").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(server_.loads, ElementsAre("toy:8", "toy:", "untoy:7"));
}

TEST_F(ClientTest, AStreamWithoutSummaryIsInternal) {
  server_.sample_stream = {FrameOf(1, {0}, {1, 1, 1, 1}, true)};
  const auto summary = MakeClient().Sample({}, [](const SampleFrame&) {});
  EXPECT_EQ(summary.status().code(), absl::StatusCode::kInternal);
}

TEST_F(ClientTest, AFrameOfAnUnknownChainEndsTheCall) {
  server_.sample_stream = {FrameOf(1, {1}, {1, 1, 1, 1}, true), Summary(1)};
  const auto summary = MakeClient().Sample({}, [](const SampleFrame&) { FAIL(); });
  EXPECT_THAT(summary.status().ToString(), HasSubstr("an entry of chains is 1, expected 0 to 0"));
}

TEST_F(ClientTest, ChainsAreCountedFromTheFirstOne) {
  v1::SampleResponse summary = Summary(2);
  summary.mutable_summary()->add_diverged_chains()->set_chain(41);
  server_.sample_stream = {FrameOf(1, {40}, {1, 1, 1, 1}, true), summary};
  std::vector<uint32_t> chains;
  const auto got = MakeClient().Sample({.chains = 2, .first_chain = 40}, [&](const SampleFrame& frame) {
    chains.insert(chains.end(), frame.chains.begin(), frame.chains.end());
  });
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_THAT(chains, ElementsAre(0));
  EXPECT_EQ(got->diverged_chains[0].chain, 1U);
  const auto below = MakeClient().Sample({.chains = 2, .first_chain = 41}, [](const SampleFrame&) {});
  EXPECT_THAT(below.status().ToString(), HasSubstr("an entry of chains is 40, expected 41 to 42"));
}

TEST_F(ClientTest, AStopEndsARunningSample) {
  server_.sample_hangs = true;
  server_.sample_stream = {FrameOf(1, {0}, {1, 1, 1, 1}, false)};
  std::stop_source stop;
  const auto summary = MakeClient().Sample(
      {}, [&](const SampleFrame&) { stop.request_stop(); }, stop.get_token());
  EXPECT_EQ(summary.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(ClientTest, TheDeadlineEndsACall) {
  server_.sample_hangs = true;
  const auto summary = MakeClient({.deadline = absl::Milliseconds(50)}).Sample({}, [](const SampleFrame&) {});
  EXPECT_EQ(summary.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ClientTest, DescribesModels) {
  const auto models = MakeClient().ListModels();
  ASSERT_TRUE(models.ok()) << models.status();
  ASSERT_EQ(models->size(), 1U);
  const ModelDescription& model = models->front();
  EXPECT_EQ(model.identity, (ModelIdentity{"toy", "7"}));
  EXPECT_EQ(model.num_values(), 4);
  EXPECT_EQ(model.data_range, (DataRange{0.0F, 16.0F}));
  EXPECT_EQ(model.columns.front().scaling, (DataScaling{0.125F, -1.0F}));
  EXPECT_EQ(model.sampler_defaults->steps, 20U);
  EXPECT_TRUE(model.has_percentile);
  EXPECT_FALSE(model.has_p_value || model.has_calibrated_probabilities || model.has_normalized_log_density);
  server_.Calibrate(7);
  const auto calibrated = MakeClient().GetModel({});
  ASSERT_TRUE(calibrated.ok()) << calibrated.status();
  EXPECT_TRUE(calibrated->has_p_value && calibrated->has_calibrated_probabilities);
  EXPECT_TRUE(calibrated->has_normalized_log_density);
  EXPECT_EQ(calibrated->calibration_rows, 7U);
}

TEST_F(ClientTest, AModelWithoutAShapeIsInternal) {
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{}, {0}, {-2, -2}, {int64_t{1} << 40, int64_t{1} << 40}}) {
    server_.model.mutable_input_shape()->Assign(shape.begin(), shape.end());
    EXPECT_EQ(MakeClient().GetModel({}).status().code(), absl::StatusCode::kInternal);
  }
}

TEST(ClientConnectionTest, AServerThatIsNotThereIsUnavailable) {
  // Port 1 needs privileges to listen on.
  const auto client = Client::Connect({.target = "127.0.0.1:1", .retry = {.attempts = 1}});
  ASSERT_TRUE(client.ok()) << client.status();
  const auto models = client->ListModels();
  EXPECT_EQ(models.status().code(), absl::StatusCode::kUnavailable);
}

TEST(ClientConnectionTest, RefusesAnAnswerAboveTheMessageLimit) {
  FakeServer server;
  server.model.set_family(std::string(10000, 'x'));
  const auto models = Client::Connect({.target = server.address(), .max_message_bytes = 5000})->ListModels();
  EXPECT_EQ(models.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(server.models_listed, 1);  // a retry would not make it smaller
  EXPECT_TRUE(Client::Connect({.target = server.address()})->ListModels().ok());
}

}  // namespace
}  // namespace ebm::client
