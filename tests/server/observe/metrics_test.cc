#include "server/observe/metrics.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace ebm::observe {
namespace {

using ::testing::HasSubstr;

class MetricsTest : public testing::Test {
 protected:
  // The text that a scrape returns.
  std::string Text() const {
    std::string text;
    for (const auto& source : metrics_.sources()) text += prometheus::TextSerializer().Serialize(source->Collect());
    return text;
  }

  void HearOfEverything() {
    metrics_.AddModel({.name = "digits", .version = "1", .family = "jem_mlp", .data = "digits", .recipe = "notebook"},
                      [] {
                        return batching::SchedulerStats{1, 2, 3, 4, 5};
                      });
    batching::BatchingObserver* batching = metrics_.batching_observer();
    batching->StepTaken(absl::Milliseconds(3), 12);
    batching->StepTaken(absl::Milliseconds(3), 4);
    batching->RowsEvaluated(absl::Milliseconds(1), 7);
    batching->FirstFrame(absl::Milliseconds(30));
    batching->QueueWait(absl::Milliseconds(10));
    batching->ChainDiverged();
    const rpc::RpcMethod sample = {.type = "server_stream", .service = "ebm.v1.InferenceService", .method = "Sample"};
    rpc::MethodObserver* const observer = metrics_.rpc_observer()->OfMethod(sample);
    observer->Started();
    observer->MessageReceived();
    observer->MessageSent();
    observer->Handled("OK", absl::Seconds(2));
  }

  Metrics metrics_;
};

TEST_F(MetricsTest, CountTheEnginesEvents) {
  HearOfEverything();
  const std::string text = Text();
  for (const char* line :
       {"ebm_chain_steps_total 16\n", "ebm_rows_evaluated_total 7\n", "ebm_diverged_chains_total 1\n",
        "ebm_step_duration_seconds_count 2\n", "ebm_step_duration_seconds_sum 0.006",
        "ebm_batch_chains_bucket{le=\"4\"} 1\n", "ebm_batch_chains_bucket{le=\"12\"} 2\n",
        "ebm_time_to_first_frame_seconds_sum 0.03", "ebm_queue_wait_seconds_sum 0.01"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, ReadTheSchedulerAtEveryScrape) {
  int64_t running = 3;
  metrics_.AddModel({}, [&] { return batching::SchedulerStats{.running_chains = running}; });
  EXPECT_THAT(Text(), HasSubstr("ebm_running_chains 3\n"));
  running = 8;
  EXPECT_THAT(Text(), HasSubstr("ebm_running_chains 8\n"));
}

TEST_F(MetricsTest, ReadTheMemoryOfRequestsAtEveryScrape) {
  batching::MemoryBudget budget(1000);
  metrics_.AddMemory(&budget);
  EXPECT_THAT(Text(), HasSubstr("ebm_request_memory_bytes 0\n"));
  const auto held = budget.TryReserve(600, "a request");
  EXPECT_THAT(Text(), HasSubstr("ebm_request_memory_bytes 600\n"));
}

TEST_F(MetricsTest, GiveEachGaugeItsOwnValue) {
  HearOfEverything();
  const std::string text = Text();
  for (const char* line : {"ebm_queue_depth 1\n", "ebm_ready_chains 2\n", "ebm_running_chains 3\n",
                           "ebm_parked_chains 4\n", "ebm_queued_rows 5\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, NameTheModel) {
  HearOfEverything();
  EXPECT_THAT(Text(), HasSubstr("ebm_model_info{data=\"digits\",family=\"jem_mlp\",name=\"digits\","
                                "recipe=\"notebook\",version=\"1\"} 1"));
}

TEST_F(MetricsTest, CountCallsByMethodAndCode) {
  HearOfEverything();
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

TEST_F(MetricsTest, PassPromtool) {
  if (std::system("command -v promtool > /dev/null") != 0) GTEST_SKIP() << "promtool is not installed";
  HearOfEverything();
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
