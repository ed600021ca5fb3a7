#include "server/load_reports.h"

namespace ebm {

void LoadReports::LoadEnded(const catalog::VersionStatus& version, absl::Duration took) {
  const double seconds = absl::ToDoubleSeconds(took);
  if (version.state == catalog::VersionState::kReady) {
    metrics_.Loaded(version.name, observe::LoadOutcome::kLoaded, took);
    log_.Info("model_loaded", {{"model", version.name}, {"version", version.version}, {"seconds", seconds}});
    return;
  }
  metrics_.Loaded(version.name, observe::LoadOutcome::kFailed, took);
  log_.Error("model_load_failed",
             {{"model", version.name}, {"version", version.version}, {"seconds", seconds}, {"error", version.reason}});
}

void LoadReports::Retired(const std::string& name, int64_t version) {
  log_.Info("model_retired", {{"model", name}, {"version", version}});
}

void LoadReports::FoundProblem(const std::string& problem) { log_.Warning("repository_problem", {{"error", problem}}); }

}  // namespace ebm
