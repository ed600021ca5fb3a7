#include "model/process/control_group.h"

#include <fstream>

#include "absl/algorithm/container.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace ebm {
namespace {

// A hierarchy's mount is named by its controllers, in an order that may be another than that of the line, or by one of
// them: "cpu,cpuacct", "cpuacct,cpu", "cpu".
std::vector<std::string> MountNames(std::vector<std::string> controllers) {
  constexpr size_t kMostPermuted = 3;  // more controllers are mounted under a name of their own
  std::vector<std::string> names = controllers;
  names.push_back(absl::StrJoin(controllers, ","));
  if (controllers.size() > kMostPermuted) return names;
  absl::c_sort(controllers);
  do {
    names.push_back(absl::StrJoin(controllers, ","));
  } while (absl::c_next_permutation(controllers));
  return names;
}

}  // namespace

std::vector<std::filesystem::path> ControlGroups(const std::filesystem::path& root, const std::string& controller) {
  std::vector<std::filesystem::path> groups;
  std::ifstream file(root / "proc/self/cgroup");
  // A line is "hierarchy:controllers:path"; in version 2, controllers is empty.
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',');
    if (!fields[1].empty() && !absl::c_linear_search(controllers, controller)) continue;
    for (const std::string& mount : MountNames(controllers)) {
      std::filesystem::path path = root / "sys/fs/cgroup" / mount;
      groups.push_back(path);
      for (const auto& part : std::filesystem::path(fields[2]).relative_path()) groups.push_back(path /= part);
    }
  }
  return groups;
}

}  // namespace ebm
