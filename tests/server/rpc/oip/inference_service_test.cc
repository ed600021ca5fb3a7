// The unary methods through a real server.

#include "server/rpc/oip/inference_service.h"

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "tests/server/rpc/oip/service_test_fixture.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InferenceServiceTest : public ServiceTest {
 protected:
  template <typename Request, typename Response>
  Response Call(grpc::Status (wire::GRPCInferenceService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                         Response*),
                const Request& request = Request()) {
    grpc::ClientContext context;
    Response response;
    status_ = (*stub_.*method)(&context, request, &response);
    return response;
  }

  bool IsReady(const std::string& name, const std::string& version = "") {
    wire::ModelReadyRequest request;
    request.set_name(name);
    request.set_version(version);
    return Call(&Stub::ModelReady, request).ready();
  }

  using Stub = wire::GRPCInferenceService::Stub;
  grpc::Status status_;
};

TEST_F(InferenceServiceTest, IsLiveAndReadyUntilItDrains) {
  StartServer();
  EXPECT_TRUE(Call(&Stub::ServerLive).live());
  EXPECT_TRUE(Call(&Stub::ServerReady).ready());
  EXPECT_TRUE(IsReady("quadratic"));
  EXPECT_TRUE(IsReady("quadratic.sample", "1"));
  EXPECT_FALSE(IsReady("quadratic", "2"));
  EXPECT_FALSE(IsReady("quadratic.sampler"));
  EXPECT_TRUE(status_.ok());
  EXPECT_TRUE(Call(&Stub::ServerLive).live());
  health_.SetReady(Health::kNotServing);
  EXPECT_FALSE(Call(&Stub::ServerReady).ready());
  EXPECT_FALSE(IsReady("quadratic"));
}

TEST_F(InferenceServiceTest, MetadataHasTheOutputsThatTheModelHas) {
  StartServer();
  wire::ModelMetadataRequest request;
  request.set_name("quadratic");
  const wire::ModelMetadataResponse metadata = Call(&Stub::ModelMetadata, request);
  EXPECT_EQ(metadata.name(), "quadratic");
  EXPECT_THAT(metadata.versions(), ElementsAre("1"));
  ASSERT_EQ(metadata.inputs_size(), 1);
  EXPECT_THAT(metadata.inputs(0).shape(), ElementsAre(-1, 4));
  std::vector<std::string> names;
  for (const auto& output : metadata.outputs()) names.push_back(output.name());
  EXPECT_THAT(names, ElementsAre("probabilities", "class", "log_density", "joint_log_density", "max_softmax",
                                 "gradient_norm", "percentile", "column_rises", "best_values"));
}

TEST_F(InferenceServiceTest, TheConfigurationSaysThatSamplesAreDecoupled) {
  StartServer();
  wire::ModelConfigRequest request;
  request.set_name("quadratic");
  wire::ModelConfig config = Call(&Stub::ModelConfig, request).config();
  EXPECT_EQ(config.max_batch_size(), 4096);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(4));
  EXPECT_FALSE(config.model_transaction_policy().decoupled());
  EXPECT_EQ(config.parameters().at("class.2").string_value(), "high");
  EXPECT_THAT(config.parameters().at("output.log_density").string_value(), HasSubstr("unnormalised"));
  request.set_name("quadratic.sample");
  config = Call(&Stub::ModelConfig, request).config();
  EXPECT_EQ(config.max_batch_size(), 0);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(-1, 4));
  EXPECT_TRUE(config.model_transaction_policy().decoupled());
}

TEST_F(InferenceServiceTest, EveryDescribedOutputCanBeRequested) {
  StartServer();
  wire::ModelMetadataRequest request;
  request.set_name("quadratic");
  const wire::ModelMetadataResponse metadata = Call(&Stub::ModelMetadata, request);
  wire::ModelInferRequest rows = Rows({4, 2, 2, 2, 0, 1, 2, 3});
  for (const auto& output : metadata.outputs()) rows.add_outputs()->set_name(output.name());
  const wire::ModelInferResponse answer = Call(&Stub::ModelInfer, rows);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  ASSERT_EQ(answer.outputs_size(), metadata.outputs_size());
  for (int i = 0; i < answer.outputs_size(); ++i) {
    EXPECT_EQ(answer.outputs(i).datatype(), metadata.outputs(i).datatype());
    EXPECT_EQ(answer.outputs(i).shape_size(), metadata.outputs(i).shape_size());
    size_t elements = 1;
    for (const int64_t size : answer.outputs(i).shape()) elements *= static_cast<size_t>(size);
    EXPECT_EQ(answer.raw_output_contents(i).size(), 4 * elements) << answer.outputs(i).name();
  }
}

TEST_F(InferenceServiceTest, UnknownModelsAreNotFound) {
  StartServer();
  wire::ModelInferRequest rows = Rows({2, 2, 2, 2});
  rows.set_model_version("9");
  Call(&Stub::ModelInfer, rows);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  wire::ModelStatisticsRequest statistics;
  statistics.set_name("nobody");
  Call(&Stub::ModelStatistics, statistics);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(InferenceServiceTest, SamplesNeedAStream) {
  StartServer();
  Call(&Stub::ModelInfer, Samples(1, 1, 0));
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status_.error_message(), HasSubstr("use ModelStreamInfer"));
}

TEST_F(InferenceServiceTest, StatisticsAreOfTheModelsThatAreAskedFor) {
  StartServer();
  EXPECT_EQ(Call(&Stub::ModelInfer, Rows({2, 2, 2, 2})).model_version(), "1");
  EXPECT_EQ(Call(&Stub::ModelStatistics).model_stats_size(), 2);
  wire::ModelStatisticsRequest request;
  request.set_name("quadratic");
  request.set_version("1");
  const wire::ModelStatisticsResponse response = Call(&Stub::ModelStatistics, request);
  ASSERT_EQ(response.model_stats_size(), 1);
  EXPECT_EQ(response.model_stats(0).inference_stats().success().count(), 1U);
  EXPECT_GT(response.model_stats(0).inference_stats().queue().ns(), 0U);
  EXPECT_GT(response.model_stats(0).inference_stats().compute_infer().ns(), 0U);
  EXPECT_EQ(response.model_stats(0).execution_count(), 1U);
}

TEST_F(InferenceServiceTest, StatisticsEndWithTheModelThatTheyAreOf) {
  StartServer();
  Call(&Stub::ModelInfer, Rows({2, 2, 2, 2}));
  EXPECT_EQ(Call(&Stub::ModelStatistics).model_stats(0).inference_count(), 1U);
  Reload();
  EXPECT_EQ(Call(&Stub::ModelStatistics).model_stats(0).inference_count(), 0U);
}

TEST_F(InferenceServiceTest, TheIndexHasEveryVersionUnderBothNames) {
  StartServer();
  control_.index = {{.name = "a", .version = "1", .state = catalog::VersionState::kReady},
                    {.name = "a", .version = "2", .state = catalog::VersionState::kFailed, .reason = "damaged"}};
  wire::RepositoryIndexRequest request;
  const wire::RepositoryIndexResponse all = Call(&Stub::RepositoryIndex, request);
  ASSERT_EQ(all.models_size(), 4);
  EXPECT_EQ(all.models(0).state(), "READY");
  EXPECT_EQ(all.models(1).name(), "a.sample");
  EXPECT_EQ(all.models(2).state(), "UNAVAILABLE");
  EXPECT_EQ(all.models(2).reason(), "damaged");
  request.set_ready(true);
  EXPECT_EQ(Call(&Stub::RepositoryIndex, request).models_size(), 2);
  request.set_repository_name("other");
  Call(&Stub::RepositoryIndex, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(InferenceServiceTest, ALoadEndsWhenItsModelIsLoaded) {
  StartServer();
  wire::RepositoryModelLoadRequest request;
  request.set_model_name("a.sample");
  std::thread caller([&] { Call(&Stub::RepositoryModelLoad, request); });
  while (Loads() == 0) std::this_thread::yield();
  EXPECT_EQ(control_.loads[0].first, "a");
  control_.loads[0].second(absl::FailedPreconditionError("damaged"));
  caller.join();
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(InferenceServiceTest, ModelsOfTheRepositoryTakeNoOtherFiles) {
  StartServer();
  wire::RepositoryModelLoadRequest load;
  (*load.mutable_parameters())["config"].set_string_param("{}");
  Call(&Stub::RepositoryModelLoad, load);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  wire::RepositoryModelUnloadRequest unload;
  unload.set_model_name("a");
  (*unload.mutable_parameters())["unload_dependents"].set_bool_param(true);
  Call(&Stub::RepositoryModelUnload, unload);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(control_.unloaded, ElementsAre("a"));
}

}  // namespace
}  // namespace ebm::rpc::oip
