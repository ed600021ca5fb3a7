// Loads of models: ebm_model_loads_total by model and outcome, and ebm_model_load_duration_seconds by model. They have
// no version, since a folder of versions that fail to load would add series without end.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_LOAD_METRICS_H_
#define EBM_SERVER_OBSERVE_LOAD_METRICS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/observe/atomic_histogram.h"
#include "server/observe/buckets.h"

namespace ebm::observe {

enum class LoadOutcome { kLoaded, kFailed };

class LoadMetrics final : public prometheus::Collectable {
 public:
  // A load has ended. duration: of reading, checking and warming up.
  void Loaded(const std::string& model, LoadOutcome outcome, absl::Duration duration);
  // The repository has the model no more: its series end.
  void Forget(const std::string& model);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Loads {
    std::array<int64_t, 2> counts = {};  // by outcome
    AtomicHistogram duration{SecondsBuckets()};
  };

  mutable absl::Mutex mu_;
  std::map<std::string, std::unique_ptr<Loads>> models_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_LOAD_METRICS_H_
