// How many cores this process may keep busy: the default number of workers.

#ifndef EBM_SERVER_USABLE_CORES_H_
#define EBM_SERVER_USABLE_CORES_H_

#include <filesystem>

namespace ebm {

// The smaller of the cores in the affinity mask and the whole cores in the control group's quota; at least 1. More
// workers than the quota's cores would be throttled together, in the middle of a step.
int UsableCores();

// The quota of this process' control group and of those above it, in cores; infinity where there is none. Reads
// proc/self/cgroup and, below sys/fs/cgroup, cpu.max (version 2) or cpu.cfs_quota_us and cpu.cfs_period_us (version 1).
// root: "/" but for tests.
double CgroupCpuQuota(const std::filesystem::path& root);

}  // namespace ebm

#endif  // EBM_SERVER_USABLE_CORES_H_
