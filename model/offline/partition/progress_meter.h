// Progress reports of a running estimate of ln Z, and requests to stop it.

#ifndef EBM_MODEL_OFFLINE_PARTITION_PROGRESS_METER_H_
#define EBM_MODEL_OFFLINE_PARTITION_PROGRESS_METER_H_

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace ebm {

enum class AnnealingStage {
  kPilot,     // short; its fraction is the beta reached so far
  kAnnealing  // its fraction is that of the steps done, and so of the time
};

// Either may be empty. Neither may throw.
struct AnnealingCallbacks {
  // From any thread, one call at a time; fraction from 0 to 1, rising within a stage.
  std::function<void(AnnealingStage, double fraction)> progress;
  // From any thread, many at once; asked every few steps. Once true, it stays true.
  std::function<bool()> stop_requested;
};

// Threads: safe.
class ProgressMeter {
 public:
  // total: the work of the stage, in any unit. callbacks is borrowed.
  ProgressMeter(const AnnealingCallbacks& callbacks, AnnealingStage stage, double total)
      : callbacks_(callbacks), stage_(stage), total_(total) {}

  // Adds to the work done. Returns Cancelled if the run is to stop.
  absl::Status Advance(double work);

 private:
  const AnnealingCallbacks& callbacks_;
  const AnnealingStage stage_;
  const double total_;
  absl::Mutex mutex_;
  double done_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_PROGRESS_METER_H_
