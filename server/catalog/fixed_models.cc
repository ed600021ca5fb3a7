#include "server/catalog/fixed_models.h"

namespace ebm::catalog {
namespace {

absl::Status NoRepository() {
  return absl::UnimplementedError("this server serves only the checkpoint that it was started with");
}

}  // namespace

void FixedModels::Load(std::string /*name*/, std::string /*version*/,
                       std::function<void(absl::StatusOr<VersionStatus>)> done) {
  done(NoRepository());
}

void FixedModels::Unload(std::string /*name*/, std::string /*version*/, std::function<void(absl::Status)> done) {
  done(NoRepository());
}

std::vector<VersionStatus> FixedModels::Index() const {
  std::vector<VersionStatus> versions;
  for (const auto& model : catalog_.List()) {
    versions.push_back({.name = model->info().name, .version = model->info().version, .state = VersionState::kReady});
  }
  return versions;
}

}  // namespace ebm::catalog
