// Classify, Score and ModelService through a real server.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RowServiceTest : public ServiceTest {
 protected:
  v1::ScoreResponse Score(const v1::ScoreRequest& request) {
    grpc::ClientContext context;
    v1::ScoreResponse response;
    const grpc::Status status = stub_->Score(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(RowServiceTest, ClassifiesRowsInTheirOrder) {
  StartServer();
  v1::ClassifyRequest request;
  *request.mutable_inputs() = FloatTensor({3, 4}, {3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1});
  grpc::ClientContext context;
  v1::ClassifyResponse response;
  const grpc::Status status = stub_->Classify(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model().name(), "quadratic");
  EXPECT_THAT(response.classes(), ElementsAre(2, 1, 0));
  EXPECT_THAT(response.probabilities().shape(), ElementsAre(3, 3));
  // In scaled units the first row is at the centre of class 2, and at distances 1 and 2 from the others.
  const std::vector<float> p = ToFloats(response.probabilities());
  EXPECT_NEAR(p[2] / p[1], std::exp(1.0), 1e-4);
  EXPECT_NEAR(p[2] / p[0], std::exp(4.0), 1e-2);
}

TEST_F(RowServiceTest, ExplainsRowsOfWhichOneValueIsFarOff) {
  StartServer();
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({2, 4}, {2, 2, 2, 40, 2, 2, 2, 2});
  EXPECT_TRUE(Score(request).column_rises().data().empty());
  request.set_include_explanation(true);
  const v1::ScoreResponse response = Score(request);
  EXPECT_THAT(response.column_rises().shape(), ElementsAre(2, 4));
  EXPECT_THAT(response.best_values().shape(), ElementsAre(2, 4));
  const std::vector<float> rises = ToFloats(response.column_rises());
  EXPECT_GT(rises[3], 10 * std::max({rises[0], rises[1], rises[2]}));
  for (int value = 4; value < 8; ++value) EXPECT_NEAR(rises[value], 0, 1e-3) << "this row is at the mode";
  EXPECT_LE(ToFloats(response.best_values())[3], 4) << "the end of its range";
}

TEST_F(RowServiceTest, ScoresEqualTheFormula) {
  StartServer();
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  request.set_include_joint_log_densities(true);
  request.set_include_gradient_norm(true);
  request.set_include_max_softmax(true);
  request.set_include_percentile(true);
  const v1::ScoreResponse response = Score(request);
  const double total = 1 + 2 * std::exp(-1.0);
  EXPECT_NEAR(response.log_densities(0), std::log(total), 1e-6);
  EXPECT_THAT(ToFloats(response.joint_log_densities()), ElementsAre(-1, 0, -1));
  EXPECT_NEAR(response.max_softmaxes(0), 1 / total, 1e-6);
  EXPECT_NEAR(response.gradient_norms(0), 0, 1e-6);
  EXPECT_NEAR(response.percentiles(0), 50 + 5 * std::log(total), 1e-4);
}

TEST_F(RowServiceTest, ARowThatOverflowsFloat32IsRefusedByIndex) {
  StartServer();
  v1::ClassifyRequest request;
  *request.mutable_inputs() = FloatTensor({2, 4}, {1, 1, 1, 1, 1e38F, 1, 1, 1});
  grpc::ClientContext context;
  v1::ClassifyResponse response;
  const grpc::Status status = stub_->Classify(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("inputs: row 1"));
}

TEST_F(RowServiceTest, ARowsResultsDoNotDependOnOtherRows) {
  StartServer();
  constexpr int kRows = 37;
  std::vector<float> values(kRows * 4);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.02F * static_cast<float>(i);
  v1::ScoreRequest together;
  *together.mutable_inputs() = FloatTensor({kRows, 4}, values);
  together.set_include_gradient_norm(true);
  const v1::ScoreResponse all = Score(together);
  ASSERT_EQ(all.log_densities_size(), kRows);
  for (int row : {0, 15, 16, 36}) {
    v1::ScoreRequest alone;
    *alone.mutable_inputs() = FloatTensor({1, 4}, {values.begin() + 4 * row, values.begin() + 4 * row + 4});
    alone.set_include_gradient_norm(true);
    const v1::ScoreResponse one = Score(alone);
    EXPECT_EQ(one.log_densities(0), all.log_densities(row));
    EXPECT_EQ(one.gradient_norms(0), all.gradient_norms(row));
  }
}

TEST_F(RowServiceTest, RefusesBadInputs) {
  StartServer();
  grpc::ClientContext context;
  v1::ClassifyResponse response;
  const grpc::Status status = stub_->Classify(&context, v1::ClassifyRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("inputs: empty"));
}

TEST_F(RowServiceTest, AnUnknownModelIsRefusedWithTheListOfModels) {
  StartServer();
  v1::ScoreRequest request;
  request.mutable_model()->set_name("digits");
  grpc::ClientContext context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("quadratic version 1"));
}

TEST_F(RowServiceTest, FullMemoryIsResourceExhausted) {
  StartServer();
  const auto others = memory_.TryReserve(memory_.limit() - 2'000, "other requests");
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({100, 4}, std::vector<float>(400, 2.0F));
  grpc::ClientContext context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("the rows need 6400 bytes"));
  EXPECT_THAT(status.error_message(), HasSubstr(std::to_string(memory_.limit())));
  *request.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  Score(request);
}

TEST_F(RowServiceTest, MemoryOfCallsComesBack) {
  StartServer();
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({100, 4}, std::vector<float>(400, 2.0F));
  Score(request);
  server_.reset();  // waits for the calls' ends
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(RowServiceTest, PercentilesNeedValidationScores) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.log_density_quantiles.clear();
  StartServer(1, nullptr, checkpoint);
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  request.set_include_percentile(true);
  grpc::ClientContext context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("include_percentile"));
}

// Rows spread over the input range; their p-values must equal those computed by counting.
TEST_F(RowServiceTest, PValuesEqualThoseByCounting) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.calibration = {.class_temperature = 2,
                            .outlier_score = {.quantities = {kLogDensityQuantity, kMaxLogProbabilityQuantity},
                                              .weights = {1, 0.5},
                                              .means = {-2, -0.5},
                                              .deviations = {3, 0.25}}};
  for (int i = 0; i < 20; ++i) {
    for (int twice = 0; twice < 2; ++twice)
      checkpoint.calibration_scores.push_back(0.1F * static_cast<float>(i) - 2.5F);
  }
  StartServer(2, nullptr, checkpoint);
  constexpr int kRows = 100;
  std::vector<float> values(kRows * 4);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.01F * static_cast<float>(i * 7 % 400);
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({kRows, 4}, values);
  request.set_include_p_value(true);
  request.set_include_max_softmax(true);
  const v1::ScoreResponse response = Score(request);
  ASSERT_EQ(response.p_values_size(), kRows);
  for (int row = 0; row < kRows; ++row) {
    const double score =
        (response.log_densities(row) + 2) / 3 + 0.5 * (std::log(response.max_softmaxes(row)) + 0.5) / 0.25;
    EXPECT_NEAR(response.outlier_scores(row), score, 1e-5);
    int not_above = 1;
    for (const float other : checkpoint.calibration_scores) not_above += other <= response.outlier_scores(row) ? 1 : 0;
    EXPECT_EQ(response.p_values(row), static_cast<float>(not_above / 41.0));
  }
}

TEST_F(RowServiceTest, UnsupportedResultsAreAFailedPrecondition) {
  StartServer();
  v1::ClassifyRequest classify;
  *classify.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  classify.set_calibrated(true);
  grpc::ClientContext classify_context;
  v1::ClassifyResponse classified;
  const grpc::Status refused = stub_->Classify(&classify_context, classify, &classified);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("calibrated: model quadratic holds no calibration"));

  v1::ScoreRequest score;
  *score.mutable_inputs() = classify.inputs();
  score.set_include_normalized_log_density(true);
  grpc::ClientContext score_context;
  v1::ScoreResponse scored;
  EXPECT_EQ(stub_->Score(&score_context, score, &scored).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

// Without workers, queued rows would wait forever.
TEST_F(RowServiceTest, ADeadlineThatHasPassedIsNotQueued) {
  StartServer(/*workers=*/0);
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() - absl::Seconds(1)));
  v1::ScoreResponse response;
  EXPECT_EQ(stub_->Score(&context, request, &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(RowServiceTest, ServesOnARealPort) {
  StartServer();
  EXPECT_THAT(server_->address(), ::testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  stub_ = v1::InferenceService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({1, 4}, {2, 2, 2, 2});
  EXPECT_EQ(Score(request).log_densities_size(), 1);
}

TEST_F(RowServiceTest, ATakenPortIsAnError) {
  StartServer();
  PortOptions options;
  options.listen = server_->address();
  const auto second = Server::Start(options, Parts(&rpc_observer_));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(server_->address()));
}

TEST_F(RowServiceTest, ListsAndDescribesItsModel) {
  StartServer();
  const auto models = v1::ModelService::NewStub(Channel());
  grpc::ClientContext list_context;
  v1::ListModelsResponse list;
  ASSERT_TRUE(models->ListModels(&list_context, {}, &list).ok());
  ASSERT_EQ(list.models_size(), 1);
  EXPECT_EQ(list.models(0).family(), "jem_mlp");

  grpc::ClientContext get_context;
  v1::GetModelRequest get;
  get.mutable_model()->set_version("2");
  v1::GetModelResponse model;
  EXPECT_EQ(models->GetModel(&get_context, get, &model).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RowServiceTest, LoadingIsUnimplementedOnAFixedCheckpoint) {
  StartServer();
  const auto models = v1::ModelService::NewStub(Channel());
  grpc::ClientContext load_context;
  v1::LoadModelResponse loaded;
  EXPECT_EQ(models->LoadModel(&load_context, {}, &loaded).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  grpc::ClientContext unload_context;
  v1::UnloadModelResponse unloaded;
  EXPECT_EQ(models->UnloadModel(&unload_context, {}, &unloaded).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1
