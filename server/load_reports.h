// Tells the log and the metrics what a repository loads and retires.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_LOAD_REPORTS_H_
#define EBM_SERVER_LOAD_REPORTS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/catalog/model_control.h"
#include "server/observe/load_metrics.h"
#include "server/observe/log.h"
#include "server/repository/model_store.h"

namespace ebm {

class LoadReports final : public repository::RepositoryObserver {
 public:
  // Both are borrowed and outlive the object.
  LoadReports(observe::Log* log, observe::LoadMetrics* metrics) : log_(*log), metrics_(*metrics) {}

  void LoadEnded(const catalog::VersionStatus& version, absl::Duration took) override;
  void Retired(const std::string& name, int64_t version) override;
  void Vanished(const std::string& name) override { metrics_.Forget(name); }
  void FoundProblem(const std::string& problem) override;

 private:
  observe::Log& log_;
  observe::LoadMetrics& metrics_;
};

}  // namespace ebm

#endif  // EBM_SERVER_LOAD_REPORTS_H_
