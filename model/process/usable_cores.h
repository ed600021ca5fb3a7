// The number of cores that this process may use: the default number of workers.

#ifndef EBM_MODEL_PROCESS_USABLE_CORES_H_
#define EBM_MODEL_PROCESS_USABLE_CORES_H_

#include <sched.h>

#include <cstddef>
#include <filesystem>

namespace ebm {

// The smaller of the number of cores in the affinity mask and the control group's quota rounded down; at least 1. With
// more workers than the quota allows, the kernel would throttle all of them in the middle of a step.
int UsableCores();

// The number of cores in the affinity mask of this process; 1 if it cannot be read. affinity: sched_getaffinity of this
// process, except in tests. It fails with EINVAL if the mask has fewer bits than the machine can have cores.
using AffinityFunction = int (*)(size_t bytes, cpu_set_t* mask);
int AffinityCores(AffinityFunction affinity);

// The lowest CPU quota of this process' control group and its parents, in cores; infinity if there is none. Reads
// proc/self/cgroup and, below sys/fs/cgroup, cpu.max (version 2) or cpu.cfs_quota_us and cpu.cfs_period_us (version 1).
// root: "/", except in tests.
double CgroupCpuQuota(const std::filesystem::path& root);

}  // namespace ebm

#endif  // EBM_MODEL_PROCESS_USABLE_CORES_H_
