#include "server/batching/task.h"

#include <algorithm>

namespace ebm::batching {

std::optional<TraceWindow> TraceWindowOf(const SampleTask& task) {
  if (!task.traced_after.has_value()) return std::nullopt;
  return TraceWindow::Of(task.steps, std::max(*task.traced_after, task.first_step));
}

}  // namespace ebm::batching
