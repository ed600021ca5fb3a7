#include "model/process/usable_cores.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "model/process/control_group.h"

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

int SystemAffinity(size_t bytes, cpu_set_t* mask) { return sched_getaffinity(0, bytes, mask); }

}  // namespace

int AffinityCores(AffinityFunction affinity) {
  constexpr int kMostCpus = 1 << 20;
  for (int cpus = CPU_SETSIZE; cpus <= kMostCpus; cpus *= 2) {
    std::vector<std::byte> bytes(CPU_ALLOC_SIZE(cpus));
    auto* const mask = reinterpret_cast<cpu_set_t*>(bytes.data());
    if (affinity(bytes.size(), mask) == 0) return CPU_COUNT_S(bytes.size(), mask);
    if (errno != EINVAL) break;
  }
  return 1;
}

double CgroupCpuQuota(const std::filesystem::path& root) {
  double least = kUnlimited;
  for (const std::filesystem::path& group : ControlGroups(root, "cpu")) least = std::min(least, QuotaOf(group));
  return least;
}

int UsableCores() {
  const double cores = std::min<double>(AffinityCores(SystemAffinity), CgroupCpuQuota("/"));
  return std::max(1, static_cast<int>(cores));
}

}  // namespace ebm
