// README.md lists every metric with its type and its labels, and nothing else.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/metric_type.h"
#include "server/inference/model.h"
#include "server/observe/metrics.h"

namespace ebm::observe {
namespace {

struct Described {
  std::string type;
  std::set<std::string> labels;
  friend bool operator==(const Described&, const Described&) = default;
  friend void PrintTo(const Described& metric, std::ostream* out) {
    *out << metric.type;
    for (const std::string& label : metric.labels) *out << " " << label;
  }
};
using Description = std::map<std::string, Described>;

// The rows of the page's tables: | `name` | type | labels | unit | meaning |
Description OfThePage() {
  std::ifstream file(EBM_OBSERVE_PAGE);
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::regex row(R"(\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*)\| [^|]*\|)");
  Description metrics;
  for (std::sregex_iterator found(page.begin(), page.end(), row), end; found != end; ++found) {
    const std::smatch& match = *found;
    Described metric{.type = match[2], .labels = {}};
    for (const auto label : absl::StrSplit(match[3].str(), ',', absl::SkipWhitespace())) {
      metric.labels.emplace(absl::StripAsciiWhitespace(label));
    }
    EXPECT_TRUE(metrics.emplace(match[1], metric).second) << match[1] << " is listed twice";
  }
  return metrics;
}

const char* NameOf(prometheus::MetricType type) {
  if (type == prometheus::MetricType::Counter) return "counter";
  return type == prometheus::MetricType::Gauge ? "gauge" : "histogram";
}

Description Of(const Metrics& metrics) {
  Description described;
  for (const auto& source : metrics.sources()) {
    for (const prometheus::MetricFamily& family : source->Collect()) {
      Described metric{.type = NameOf(family.type), .labels = {}};
      for (const prometheus::ClientMetric& series : family.metric) {
        for (const auto& label : series.label) metric.labels.insert(label.name);
      }
      EXPECT_TRUE(described.emplace(family.name, metric).second) << family.name << " is served twice";
    }
  }
  return described;
}

// Files of a kernel that tells everything.
std::filesystem::path CompleteKernel() {
  const auto root = std::filesystem::path(testing::TempDir()) / "ebm_documented_metrics";
  const std::map<std::string, std::string> files = {
      {"proc/self/stat", "7 (a) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 9 0 1000 4096000 25\n"},
      {"proc/stat", "btime 1700000000\n"},
      {"proc/self/fd/0", ""},
      {"proc/self/cgroup", "0::/\n"},
      {"sys/fs/cgroup/cpu.stat", "nr_throttled 3\nthrottled_usec 1500000\n"}};
  for (const auto& [file, text] : files) {
    std::filesystem::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
  return root;
}

TEST(DocumentedMetricsTest, ThePageListsEveryMetricWithItsTypeAndLabels) {
  const std::filesystem::path kernel = CompleteKernel();
  Metrics metrics(kernel);
  inference::ModelInfo info = {.name = "digits", .version = "1"};
  info.spec.class_labels = {"zero", "one"};
  info.log_density_quantiles = {-1, 0, 1};
  info.calibration.emplace();
  const auto observer = metrics.ObserverOf(info);
  const batching::MemoryBudget memory(1000);
  const batching::SteadyClock clock;
  const batching::WorkerPool pool(1, &clock);
  metrics.AddModels([&] { return std::vector{StatusOf(info, 1, {})}; });
  metrics.AddMemory(&memory);
  metrics.AddWorkers(&pool);
  metrics.AddServer([] { return rpc::ServerCounts(); });
  metrics.AddCertificate([] { return 2e9; });
  metrics.loads()->Loaded("digits", LoadOutcome::kLoaded, absl::Seconds(1));
  metrics.rpc_observer()->OfMethod({.type = "unary", .service = "ebm.v1.InferenceService", .method = "Score"});

  const Description page = OfThePage();
  EXPECT_GT(page.size(), 40U);
  EXPECT_EQ(Of(metrics), page);
  std::filesystem::remove_all(kernel);
}

}  // namespace
}  // namespace ebm::observe
