#include "server/observe/metrics.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/version.h"
#include "prometheus/text_serializer.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"
#include "server/observe/wall_clock.h"
#include "server/rpc/code_name.h"

namespace ebm::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public testing::Test {
 protected:
  // The text that a scrape returns.
  std::string Text() const {
    std::string text;
    for (const auto& source : metrics_.sources()) text += prometheus::TextSerializer().Serialize(source->Collect());
    return text;
  }

  static constexpr char kLabels[] = "{model=\"digits\",version=\"2\"}";

  void ReportEverything() {
    metrics_.AddModels([] {
      return std::vector<ModelStatus>{{.labels = {"digits", "2"},
                                       .family = "jem_mlp",
                                       .data = "digits.csv",
                                       .recipe = "notebook",
                                       .slots = 12,
                                       .stats = {1, 2, 3, 4, 5}}};
    });
    digits_->StepTaken(absl::Milliseconds(3), 12);
    digits_->StepTaken(absl::Milliseconds(3), 4);
    digits_->RowsEvaluated(absl::Milliseconds(1), 7);
    digits_->FirstFrame(absl::Milliseconds(30));
    digits_->QueueWait(absl::Milliseconds(10));
    digits_->ChainDiverged();
    digits_->ChainsFinished(6);
    digits_->Refused(inference::Refusal::kQueueFull);
    digits_->BrokenOff(inference::Break::kDeadline);
    digits_->RowsAnswered({.percentiles = kPercentiles, .max_softmaxes = kMaxSoftmaxes, .p_values = kPValues});
    const rpc::RpcMethod sample = {.type = "server_stream", .service = "ebm.v1.InferenceService", .method = "Sample"};
    rpc::MethodObserver* const observer = metrics_.rpc_observer()->OfMethod(sample);
    observer->Started();
    observer->MessageReceived();
    observer->MessageSent();
    observer->Handled(absl::StatusCode::kOk, absl::Seconds(2));
  }

  // A model that has every kind of figure.
  static inference::ModelInfo Digits() {
    inference::ModelInfo info = {.name = "digits", .version = "2"};
    info.spec.class_labels = {"zero", "one"};
    info.log_density_quantiles = {-1, 0, 1};
    info.calibration.emplace();
    return info;
  }

  static constexpr std::array<float, 4> kPercentiles = {0, 0.3F, 55, 100};
  static constexpr std::array<float, 4> kMaxSoftmaxes = {0.5F, 0.7F, 0.9999F, 1};
  static constexpr std::array<float, 2> kPValues = {0.004F, 1};

  Metrics metrics_;
  std::shared_ptr<inference::ModelObserver> digits_ = metrics_.ObserverOf(Digits());
};

TEST_F(MetricsTest, CountTheEnginesEventsByModel) {
  ReportEverything();
  const std::string text = Text();
  const std::string labels = "model=\"digits\",version=\"2\"";
  for (const std::string& line : {absl::StrCat("ebm_chain_steps_total{", labels, "} 16\n"),
                                  absl::StrCat("ebm_rows_evaluated_total{", labels, "} 7\n"),
                                  absl::StrCat("ebm_diverged_chains_total{", labels, "} 1\n"),
                                  absl::StrCat("ebm_samples_total{", labels, "} 6\n"),
                                  absl::StrCat("ebm_batch_rows_bucket{", labels, ",le=\"8\"} 1\n"),
                                  absl::StrCat("ebm_batch_rows_bucket{", labels, ",le=\"4\"} 0\n"),
                                  absl::StrCat("ebm_rows_duration_seconds_sum{", labels, "} 0.001"),
                                  absl::StrCat("ebm_refused_requests_total{", labels, ",reason=\"queue_full\"} 1\n"),
                                  absl::StrCat("ebm_refused_requests_total{", labels, ",reason=\"memory\"} 0\n"),
                                  absl::StrCat("ebm_cancelled_requests_total{", labels, ",reason=\"deadline\"} 1\n"),
                                  absl::StrCat("ebm_cancelled_requests_total{", labels, ",reason=\"caller\"} 0\n"),
                                  absl::StrCat("ebm_step_duration_seconds_count{", labels, "} 2\n"),
                                  absl::StrCat("ebm_step_duration_seconds_sum{", labels, "} 0.006"),
                                  absl::StrCat("ebm_batch_chains_bucket{", labels, ",le=\"4\"} 1\n"),
                                  absl::StrCat("ebm_batch_chains_bucket{", labels, ",le=\"12\"} 2\n"),
                                  absl::StrCat("ebm_time_to_first_frame_seconds_sum{", labels, "} 0.03"),
                                  absl::StrCat("ebm_queue_wait_seconds_sum{", labels, "} 0.01")}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, CountTheFiguresOfRowsInBuckets) {
  ReportEverything();
  const std::string text = Text();
  const std::string labels = "model=\"digits\",version=\"2\"";
  for (const std::string& line : {absl::StrCat("ebm_row_percentile_bucket{", labels, ",le=\"0\"} 1\n"),
                                  absl::StrCat("ebm_row_percentile_bucket{", labels, ",le=\"0.2\"} 1\n"),
                                  absl::StrCat("ebm_row_percentile_bucket{", labels, ",le=\"0.5\"} 2\n"),
                                  absl::StrCat("ebm_row_percentile_bucket{", labels, ",le=\"99\"} 3\n"),
                                  absl::StrCat("ebm_row_percentile_bucket{", labels, ",le=\"+Inf\"} 4\n"),
                                  absl::StrCat("ebm_row_percentile_count{", labels, "} 4\n"),
                                  absl::StrCat("ebm_row_percentile_sum{", labels, "} 155.3"),
                                  absl::StrCat("ebm_row_max_softmax_bucket{", labels, ",le=\"0.999\"} 2\n"),
                                  absl::StrCat("ebm_row_p_value_bucket{", labels, ",le=\"0.005\"} 1\n"),
                                  absl::StrCat("ebm_row_p_value_count{", labels, "} 2\n")}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, HaveNoFiguresThatAModelDoesNotHave) {
  digits_.reset();
  const auto density = metrics_.ObserverOf({.name = "density", .version = "1"});
  density->RowsAnswered({});
  EXPECT_THAT(Text(), HasSubstr("ebm_rows_evaluated_total{model=\"density\",version=\"1\"} 0\n"));
  EXPECT_THAT(Text(), Not(HasSubstr("ebm_row_")));
}

TEST_F(MetricsTest, SayWhenAModelLastMadeAStep) {
  const auto value = [this] {
    const std::string text = Text();
    const std::string name = absl::StrCat("\nebm_last_step_timestamp_seconds", kLabels, " ");
    double seconds = 0;
    EXPECT_TRUE(absl::SimpleAtod(text.substr(text.find(name) + name.size(), 14), &seconds));
    return seconds;
  };
  constexpr double kCoarse = 1;  // much more than the clock's resolution
  const double loaded = WallSeconds();
  EXPECT_NEAR(value(), loaded, kCoarse);
  digits_->StepTaken(absl::Milliseconds(3), 12);
  EXPECT_GE(value(), loaded - kCoarse);
  EXPECT_LE(value(), WallSeconds() + kCoarse);
}

TEST_F(MetricsTest, CountLoadsUntilTheirModelIsGone) {
  EXPECT_THAT(Text(), Not(HasSubstr("ebm_model_load")));
  metrics_.loads()->Loaded("digits", LoadOutcome::kLoaded, absl::Seconds(3));
  metrics_.loads()->Loaded("digits", LoadOutcome::kFailed, absl::Seconds(1));
  metrics_.loads()->Loaded("digits", LoadOutcome::kFailed, absl::Seconds(1));
  EXPECT_THAT(Text(), HasSubstr("ebm_model_loads_total{model=\"digits\",outcome=\"loaded\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("ebm_model_loads_total{model=\"digits\",outcome=\"failed\"} 2\n"));
  EXPECT_THAT(Text(), HasSubstr("ebm_model_load_duration_seconds_sum{model=\"digits\"} 5"));
  metrics_.loads()->Forget("digits");
  EXPECT_THAT(Text(), Not(HasSubstr("ebm_model_load")));
}

TEST_F(MetricsTest, ReadTheCertificateAtEveryScrape) {
  std::optional<double> not_after;
  metrics_.AddCertificate([&] { return not_after; });
  EXPECT_THAT(Text(), Not(HasSubstr("ebm_tls")));
  not_after = 2'000'000'000;
  EXPECT_THAT(Text(), HasSubstr("ebm_tls_certificate_not_after_seconds 2000000000\n"));
}

TEST_F(MetricsTest, KeepModelsApart) {
  const auto letters = metrics_.ObserverOf({.name = "letters", .version = "1"});
  letters->StepTaken(absl::Milliseconds(3), 5);
  digits_->StepTaken(absl::Milliseconds(3), 4);
  EXPECT_THAT(Text(), HasSubstr("ebm_chain_steps_total{model=\"letters\",version=\"1\"} 5\n"));
  EXPECT_THAT(Text(), HasSubstr("ebm_chain_steps_total{model=\"digits\",version=\"2\"} 4\n"));
}

TEST_F(MetricsTest, ForgetAModelThatIsRemoved) {
  std::vector<ModelStatus> models = {{.labels = {"digits", "2"}}, {.labels = {"letters", "1"}}};
  metrics_.AddModels([&] { return models; });
  auto letters = metrics_.ObserverOf({.name = "letters", .version = "1"});
  letters->StepTaken(absl::Milliseconds(3), 5);
  EXPECT_THAT(Text(), HasSubstr("letters"));
  letters.reset();
  models.pop_back();
  EXPECT_THAT(Text(), Not(HasSubstr("letters")));
  EXPECT_THAT(Text(), HasSubstr("digits"));
}

// A model that was removed may still finish requests while another of its name and version is served.
TEST_F(MetricsTest, CountModelsWithTheSameLabelsAsOne) {
  metrics_.AddModels([] {
    return std::vector<ModelStatus>{{.labels = {"digits", "2"}, .stats = {.running_chains = 3}},
                                    {.labels = {"digits", "2"}, .stats = {.running_chains = 4}}};
  });
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_running_chains", kLabels, " 7\n")));
  EXPECT_THAT(Text(), Not(HasSubstr("ebm_running_chains{model=\"digits\",version=\"2\"} 3\n")));
  auto second = metrics_.ObserverOf(Digits());
  second->StepTaken(absl::Milliseconds(3), 5);
  second.reset();
  digits_->StepTaken(absl::Milliseconds(3), 4);
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_chain_steps_total", kLabels, " 9\n")));
}

TEST_F(MetricsTest, ReadTheSchedulersAtEveryScrape) {
  int64_t running = 3;
  metrics_.AddModels([&] {
    return std::vector<ModelStatus>{{.labels = {"digits", "2"}, .stats = {.running_chains = running}}};
  });
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_running_chains", kLabels, " 3\n")));
  running = 8;
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_running_chains", kLabels, " 8\n")));
}

TEST_F(MetricsTest, ReadTheMemoryOfRequestsAtEveryScrape) {
  batching::MemoryBudget budget(1000);
  metrics_.AddMemory(&budget);
  EXPECT_THAT(Text(), HasSubstr("ebm_request_memory_bytes 0\n"));
  const auto held = budget.TryReserve(600, "a request");
  EXPECT_THAT(Text(), HasSubstr("ebm_request_memory_bytes 600\n"));
}

TEST_F(MetricsTest, GiveEachGaugeItsOwnValue) {
  ReportEverything();
  const std::string text = Text();
  for (const auto& [name, value] : std::vector<std::pair<const char*, int>>{{"ebm_queue_depth", 1},
                                                                            {"ebm_ready_chains", 2},
                                                                            {"ebm_running_chains", 3},
                                                                            {"ebm_parked_chains", 4},
                                                                            {"ebm_queued_rows", 5},
                                                                            {"ebm_slots", 12}}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(name, kLabels, " ", value, "\n")));
  }
}

TEST_F(MetricsTest, SayHowMuchOfTheTilesIsOccupied) {
  ReportEverything();
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_tile_occupancy_ratio", kLabels, " 0.25\n")));
}

TEST_F(MetricsTest, NameTheBuild) {
  EXPECT_THAT(Text(), HasSubstr(absl::StrCat("ebm_build_info{version=\"", kVersion, "\"} 1\n")));
}

TEST_F(MetricsTest, NameTheModel) {
  ReportEverything();
  EXPECT_THAT(Text(),
              HasSubstr("ebm_model_info{model=\"digits\",version=\"2\",family=\"jem_mlp\",data=\"digits.csv\",recipe="
                        "\"notebook\"} 1"));
}

TEST_F(MetricsTest, CountCallsByMethodAndCode) {
  ReportEverything();
  const std::string method =
      "grpc_method=\"Sample\",grpc_service=\"ebm.v1.InferenceService\",grpc_type=\"server_stream\"";
  const std::string text = Text();
  for (const char* counter :
       {"grpc_server_started_total", "grpc_server_msg_received_total", "grpc_server_msg_sent_total"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(counter, "{", method, "} 1\n")));
  }
  EXPECT_THAT(text, HasSubstr(absl::StrCat("grpc_server_handled_total{grpc_code=\"OK\",", method, "} 1\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("grpc_server_handling_seconds_bucket{", method, ",le=\"2\"} 1\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("grpc_server_handling_seconds_bucket{", method, ",le=\"1\"} 0\n")));
}

// So that increase() sees the first call that ends with an error.
TEST_F(MetricsTest, HaveEveryStatusCodeOfAMethodFromTheStart) {
  metrics_.rpc_observer()->OfMethod({.type = "unary", .service = "ebm.v1.InferenceService", .method = "Score"});
  const std::string text = Text();
  for (const absl::string_view code : rpc::kCodeNames) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("grpc_server_handled_total{grpc_code=\"", code,
                                             "\",grpc_method=\"Score\",grpc_service=\"ebm.v1.InferenceService\","
                                             "grpc_type=\"unary\"} 0\n")));
  }
}

TEST_F(MetricsTest, PassPromtool) {
  if (std::system("command -v promtool > /dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  ReportEverything();
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "ebm_metrics.txt";
  std::ofstream(file) << Text();
  EXPECT_EQ(std::system(absl::StrCat("promtool check metrics < ", file.string()).c_str()), 0);
  std::filesystem::remove(file);
}

TEST_F(MetricsTest, AreServedOnTheActualPort) {
  const auto server = metrics_.Serve("127.0.0.1:0");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT((*server)->address(), ::testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));

  const auto second = metrics_.Serve((*server)->address());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr((*server)->address()));
}

}  // namespace
}  // namespace ebm::observe
