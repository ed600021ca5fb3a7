// The memory that this process may use: the default of how much its requests may hold.

#ifndef EBM_MODEL_PROCESS_MEMORY_LIMIT_H_
#define EBM_MODEL_PROCESS_MEMORY_LIMIT_H_

#include <cstdint>
#include <filesystem>
#include <optional>

namespace ebm {

// A quarter of the control group's memory limit, since models, their workers and gRPC need the rest; 1024 if there is
// no limit. In MiB, at least 1. root: "/", except in tests.
int DefaultRequestMemoryMb(const std::filesystem::path& root);

// The lowest memory limit of this process' control group and its parents, in bytes; nullopt if there is none. Reads
// proc/self/cgroup and, below sys/fs/cgroup, memory.max (version 2) or memory.limit_in_bytes (version 1).
std::optional<uint64_t> CgroupMemoryLimit(const std::filesystem::path& root);

}  // namespace ebm

#endif  // EBM_MODEL_PROCESS_MEMORY_LIMIT_H_
