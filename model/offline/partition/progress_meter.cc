#include "model/offline/partition/progress_meter.h"

#include <algorithm>

namespace ebm {

absl::Status ProgressMeter::Advance(double work) {
  if (callbacks_.stop_requested && callbacks_.stop_requested()) return absl::CancelledError("stopped on request");
  if (!callbacks_.progress) return absl::OkStatus();
  const absl::MutexLock lock(&mutex_);
  done_ += work;
  callbacks_.progress(stage_, std::min(1.0, done_ / total_));
  return absl::OkStatus();
}

}  // namespace ebm
