#include "server/rpc/oip/repository_messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/rpc/oip/target.h"
#include "server/rpc/oip/tensors.h"

namespace ebm::rpc::oip {
namespace {

// Has no effect here: models depend on no others.
constexpr char kUnloadDependents[] = "unload_dependents";

absl::Status CheckRepository(const std::string& name) {
  if (name.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("repository_name: ", Quoted(name), ", must be empty: this server has one repository"));
}

const char* StateOf(catalog::VersionState state) {
  switch (state) {
    case catalog::VersionState::kReady:
      return "READY";
    case catalog::VersionState::kLoading:
      return "LOADING";
    case catalog::VersionState::kUnloading:
      return "UNLOADING";
    case catalog::VersionState::kAvailable:
    case catalog::VersionState::kFailed:
      break;
  }
  return "UNAVAILABLE";
}

}  // namespace

absl::Status CheckRequest(const wire::RepositoryIndexRequest& request) {
  return CheckRepository(request.repository_name());
}

absl::Status CheckRequest(const wire::RepositoryModelLoadRequest& request) {
  if (absl::Status status = CheckRepository(request.repository_name()); !status.ok()) return status;
  if (request.parameters().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("parameters: has ", Quoted(request.parameters().begin()->first),
                   ", must be empty: a model's files and settings are those of the repository"));
}

absl::Status CheckRequest(const wire::RepositoryModelUnloadRequest& request) {
  if (absl::Status status = CheckRepository(request.repository_name()); !status.ok()) return status;
  for (const auto& [name, value] : request.parameters()) {
    if (name == kUnloadDependents) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("parameters: there is no ", Quoted(name), ", only ", kUnloadDependents));
  }
  return absl::OkStatus();
}

wire::RepositoryIndexResponse ToProto(const std::vector<catalog::VersionStatus>& index,
                                      const wire::RepositoryIndexRequest& request) {
  wire::RepositoryIndexResponse response;
  for (const catalog::VersionStatus& version : index) {
    if (request.ready() && version.state != catalog::VersionState::kReady) continue;
    for (const Task task : {Task::kRows, Task::kSamples}) {
      auto& entry = *response.add_models();
      entry.set_name(ServedName(version.name, task));
      entry.set_version(version.version);
      entry.set_state(StateOf(version.state));
      entry.set_reason(version.reason);
    }
  }
  return response;
}

}  // namespace ebm::rpc::oip
