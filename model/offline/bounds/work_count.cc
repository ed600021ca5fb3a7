#include "model/offline/bounds/work_count.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace ebm {

WorkCount LimitedWork(double most, std::function<bool()> stop_requested) {
  return [most, done = 0.0, stop_requested = std::move(stop_requested)](double operations) mutable {
    if (stop_requested && stop_requested()) return absl::CancelledError("stopped");
    done += operations;
    if (done <= most) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrFormat("it takes more than %.2g operations, the most done", most));
  };
}

}  // namespace ebm
