#include "server/observe/process_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/metric_type.h"

namespace ebm::observe {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;

std::map<std::string, double> ValuesBelow(const fs::path& root) {
  std::map<std::string, double> values;
  for (const prometheus::MetricFamily& family : ProcessMetrics(root).Collect()) {
    EXPECT_EQ(family.metric.size(), 1U);
    const prometheus::ClientMetric& metric = family.metric[0];
    values[family.name] = family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  return values;
}

class ProcessMetricsTest : public testing::Test {
 protected:
  ~ProcessMetricsTest() override { fs::remove_all(root_); }

  void Write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  const fs::path root_ = fs::path(testing::TempDir()) / "ebm_process_metrics";
};

TEST_F(ProcessMetricsTest, ReadTheFieldsOfTheProcess) {
  // Fields 14, 15, 20 and 22 to 24 are set. The program's name has a bracket and a space.
  Write("proc/self/stat", "7 (a) b) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 9 0 1000 4096000 25 0 0\n");
  Write("proc/stat", "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::map<std::string, double> values = ValuesBelow(root_);
  EXPECT_EQ(values.at("process_cpu_seconds_total"), 200 / ticks);
  EXPECT_EQ(values.at("process_threads"), 9);
  EXPECT_EQ(values.at("process_start_time_seconds"), 1'700'000'000 + 1000 / ticks);
  EXPECT_EQ(values.at("process_virtual_memory_bytes"), 4096000);
  EXPECT_EQ(values.at("process_resident_memory_bytes"), 25.0 * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

TEST_F(ProcessMetricsTest, ReadTheThrottlingOfTheNearestGroupThatHasAny) {
  Write("proc/self/cgroup", "0::/slice/server\n");
  Write("sys/fs/cgroup/cpu.stat", "usage_usec 9\n");
  Write("sys/fs/cgroup/slice/cpu.stat", "usage_usec 9\nnr_periods 8\nnr_throttled 3\nthrottled_usec 1500000\n");
  std::map<std::string, double> values = ValuesBelow(root_);
  EXPECT_EQ(values.at("ebm_cgroup_throttled_periods_total"), 3);
  EXPECT_EQ(values.at("ebm_cgroup_throttled_seconds_total"), 1.5);
  Write("sys/fs/cgroup/slice/server/cpu.stat", "nr_throttled 1\nthrottled_usec 0\n");
  values = ValuesBelow(root_);
  EXPECT_EQ(values.at("ebm_cgroup_throttled_periods_total"), 1);
}

TEST_F(ProcessMetricsTest, WhatTheKernelDoesNotTellHasNoSeries) {
  const std::map<std::string, double> values = ValuesBelow(root_);
  EXPECT_THAT(values, Not(Contains(Key("process_resident_memory_bytes"))));
  EXPECT_THAT(values, Not(Contains(Key("ebm_cgroup_throttled_periods_total"))));
  Write("proc/self/stat", "7 (name");
  EXPECT_THAT(ValuesBelow(root_), Not(Contains(Key("process_threads"))));
}

TEST_F(ProcessMetricsTest, ThisProcessHasAllOfThem) {
  const std::map<std::string, double> values = ValuesBelow("/");
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
                           "process_threads", "process_start_time_seconds", "process_open_fds", "process_max_fds"}) {
    ASSERT_THAT(values, Contains(Key(name)));
    EXPECT_GE(values.at(name), name == std::string("process_cpu_seconds_total") ? 0 : 1) << name;
  }
}

}  // namespace
}  // namespace ebm::observe
