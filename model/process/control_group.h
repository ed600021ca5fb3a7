// Finds the folders that hold the limits of this process' control group.

#ifndef EBM_MODEL_PROCESS_CONTROL_GROUP_H_
#define EBM_MODEL_PROCESS_CONTROL_GROUP_H_

#include <filesystem>
#include <string>
#include <vector>

namespace ebm {

// The folders of the groups that limit this process for a controller ("cpu", "memory"): those of the process' group and
// its parents, up to the mount, in versions 1 and 2. Reads proc/self/cgroup. Folders need not exist: inside a
// container, the group's path may be the host's; then the mount itself is the container's group.
// root: "/", except in tests.
std::vector<std::filesystem::path> ControlGroups(const std::filesystem::path& root, const std::string& controller);

}  // namespace ebm

#endif  // EBM_MODEL_PROCESS_CONTROL_GROUP_H_
