#include "server/usable_cores.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_split.h"

namespace ebm {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// Quota divided by period, both in microseconds; unlimited for "max", -1, and text that is not a number.
double Cores(std::istream& quota_then_period) {
  double quota = 0;
  double period = 0;
  if (!(quota_then_period >> quota >> period) || quota <= 0 || period <= 0) return kUnlimited;
  return quota / period;
}

double QuotaOf(const std::filesystem::path& group) {
  if (std::ifstream max(group / "cpu.max"); max) return Cores(max);
  std::ifstream quota(group / "cpu.cfs_quota_us");
  std::ifstream period(group / "cpu.cfs_period_us");
  std::stringstream both;
  both << quota.rdbuf() << ' ' << period.rdbuf();
  return Cores(both);
}

// The lowest quota of the group and its parents, up to the mount. Inside a container, the path may be the host's and
// not exist below the mount; then the mount itself is the container's group.
double LeastQuota(const std::filesystem::path& mount, const std::string& group) {
  double least = QuotaOf(mount);
  std::filesystem::path path = mount;
  for (const auto& part : std::filesystem::path(group).relative_path()) {
    path /= part;
    least = std::min(least, QuotaOf(path));
  }
  return least;
}

int AffinityCores() {
  cpu_set_t mask;
  return sched_getaffinity(0, sizeof(mask), &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

}  // namespace

double CgroupCpuQuota(const std::filesystem::path& root) {
  const std::filesystem::path mount = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  double least = kUnlimited;
  // A line is "hierarchy:controllers:path"; in version 2, controllers is empty.
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',');
    const bool has_cpu = fields[1].empty() || absl::c_linear_search(controllers, "cpu");
    if (has_cpu) least = std::min(least, LeastQuota(mount / fields[1], fields[2]));
  }
  return least;
}

int UsableCores() {
  const double cores = std::min<double>(AffinityCores(), CgroupCpuQuota("/"));
  return std::max(1, static_cast<int>(cores));
}

}  // namespace ebm
