#include "server/batching/scheduler.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/batching/task_memory.h"

namespace ebm::batching {
namespace {

absl::Status CheckTraceable(uint64_t steps, uint64_t traced_after) {
  if (steps >= traced_after + TraceWindow::kFewestSteps) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("steps is ", steps, "; traces after step ", traced_after,
                                                 " need at least ", TraceWindow::kFewestSteps, " more"));
}

absl::Status CheckShape(const SampleTask& task, size_t dimension) {
  if (task.settings == nullptr) return absl::InvalidArgumentError("settings is null");
  if (task.chains == 0) return absl::InvalidArgumentError("chains is 0; at least 1 is needed");
  if (task.steps <= task.first_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("steps is ", task.steps, "; more than first_step, ", task.first_step, ", is needed"));
  }
  if (!task.states.empty() && task.states.size() != task.chains * dimension) {
    return absl::InvalidArgumentError(absl::StrCat("states has ", task.states.size(), " values; ", task.chains,
                                                   " chains of dimension ", dimension, " need ",
                                                   task.chains * dimension, ", or none"));
  }
  if (!task.free_coordinates.empty() && task.free_coordinates.size() != dimension) {
    return absl::InvalidArgumentError(
        absl::StrCat("free_coordinates has ", task.free_coordinates.size(), " values; the dimension is ", dimension));
  }
  if (!task.traced_after.has_value()) return absl::OkStatus();
  return CheckTraceable(task.steps, std::max(*task.traced_after, task.first_step));
}

absl::Status CheckShape(const RowTask& task, size_t dimension) {
  if (!task.rows.empty() && task.rows.size() % dimension == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("rows has ", task.rows.size(), " values, not a positive multiple of the dimension ", dimension));
}

}  // namespace

ChainScheduler::ChainScheduler(const RowShape& shape, const SharedParts& shared)
    : shape_(shape), shared_(shared), board_(shared) {}

absl::Status ChainScheduler::Submit(JobId id, SampleTask task) {
  if (absl::Status status = CheckShape(task, shape_.dimension); !status.ok()) return status;
  const uint64_t bytes = BytesHeld(task, shape_.dimension);
  return board_.Post(std::make_shared<SampleJob>(id, std::move(task), shape_.dimension, shared_.clock->Now()), bytes);
}

absl::Status ChainScheduler::SubmitRows(JobId id, RowTask task) {
  if (absl::Status status = CheckShape(task, shape_.dimension); !status.ok()) return status;
  const size_t rows = task.rows.size() / shape_.dimension;
  const uint64_t bytes = BytesHeld(task, shape_);
  return board_.Post(std::make_shared<RowJob>(id, std::move(task), rows, shared_.clock->Now()), bytes);
}

void ChainScheduler::Stop(const absl::Status& why) {
  board_.Close();
  board_.EndAll(why);
}

}  // namespace ebm::batching
