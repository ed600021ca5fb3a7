#include "server/observe/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "model/process/control_group.h"
#include "server/observe/families.h"

namespace ebm::observe {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

// What proc(5) lists of /proc/self/stat, in clock ticks, bytes and pages.
struct ProcessStat {
  double cpu_ticks = 0;
  double threads = 0;
  double start_ticks = 0;  // since the machine started
  double virtual_bytes = 0;
  double resident_pages = 0;
};

// The fields after the program's name, which may contain spaces and brackets, are numbered from 3, the state.
std::optional<ProcessStat> ReadStat(const std::filesystem::path& file) {
  constexpr int kFirst = 3;
  constexpr int kUserTicks = 14;
  constexpr int kSystemTicks = 15;
  constexpr int kThreads = 20;
  constexpr int kStart = 22;
  constexpr int kVirtual = 23;
  constexpr int kResident = 24;
  std::ifstream stream(file);
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string state;
  fields >> state;
  std::map<int, double> numbers;
  double number = 0;
  for (int field = kFirst + 1; field <= kResident && fields >> number; ++field) numbers[field] = number;
  if (!numbers.contains(kResident)) return std::nullopt;
  return ProcessStat{.cpu_ticks = numbers[kUserTicks] + numbers[kSystemTicks],
                     .threads = numbers[kThreads],
                     .start_ticks = numbers[kStart],
                     .virtual_bytes = numbers[kVirtual],
                     .resident_pages = numbers[kResident]};
}

// The number behind a name, as in "nr_throttled 12".
std::optional<double> NumberOf(const std::filesystem::path& file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string word;
    double number = 0;
    if (words >> word >> number && word == name) return number;
  }
  return std::nullopt;
}

void AddStat(const std::filesystem::path& proc, Families& families) {
  const std::optional<ProcessStat> stat = ReadStat(proc / "self/stat");
  if (!stat.has_value()) return;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  families.push_back(WithValue(CountersOf("process_cpu_seconds_total", "User and system time of all threads."),
                               stat->cpu_ticks / ticks));
  families.push_back(
      WithValue(GaugesOf("process_resident_memory_bytes", "Resident memory."), stat->resident_pages * page));
  families.push_back(WithValue(GaugesOf("process_virtual_memory_bytes", "Virtual memory."), stat->virtual_bytes));
  families.push_back(WithValue(GaugesOf("process_threads", "Threads of the process."), stat->threads));
  if (const std::optional<double> boot = NumberOf(proc / "stat", "btime")) {
    families.push_back(WithValue(GaugesOf("process_start_time_seconds", "When the process started, since 1970."),
                                 *boot + stat->start_ticks / ticks));
  }
}

void AddDescriptors(const std::filesystem::path& proc, Families& families) {
  std::error_code error;
  const std::filesystem::directory_iterator open(proc / "self/fd", error);
  if (!error) {
    const auto count = std::distance(std::filesystem::begin(open), std::filesystem::end(open));
    families.push_back(WithValue(GaugesOf("process_open_fds", "Open file descriptors."), static_cast<double>(count)));
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.push_back(WithValue(GaugesOf("process_max_fds", "The limit on open file descriptors."),
                                 static_cast<double>(limit.rlim_cur)));
  }
}

// Reads the nearest group that has a quota. Only version 2 of control groups is supported.
void AddThrottling(const std::filesystem::path& root, Families& families) {
  constexpr double kMicrosecond = 1e-6;
  std::vector<std::filesystem::path> groups = ControlGroups(root, "cpu");
  std::ranges::reverse(groups);
  for (const std::filesystem::path& group : groups) {
    const std::optional<double> periods = NumberOf(group / "cpu.stat", "nr_throttled");
    const std::optional<double> microseconds = NumberOf(group / "cpu.stat", "throttled_usec");
    if (!periods.has_value() || !microseconds.has_value()) continue;
    families.push_back(WithValue(CountersOf("ebm_cgroup_throttled_periods_total",
                                            "Periods in which the control group used up its quota of cores."),
                                 *periods));
    families.push_back(WithValue(CountersOf("ebm_cgroup_throttled_seconds_total",
                                            "Time for which the control group's threads were stopped for that."),
                                 *microseconds * kMicrosecond));
    return;
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  Families families;
  AddStat(root_ / "proc", families);
  AddDescriptors(root_ / "proc", families);
  AddThrottling(root_, families);
  return families;
}

}  // namespace ebm::observe
