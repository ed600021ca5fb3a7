// Classify and Score requests in work: a queue of rows, dealt out in tiles, oldest request first.
//
// A request larger than a tile is sliced over several tiles, and so over several workers; small requests of the same
// kind share one. The kind is what is wanted beside logits and ln p~, the gradient norm and the log ratio, since either
// takes a pass that the others should not pay for.
//
// Threads: guarded by the scheduler's lock, but for the rows and results of a slice, which belong to the worker that
// took it.

#ifndef EBM_SERVER_BATCHING_ROW_QUEUE_H_
#define EBM_SERVER_BATCHING_ROW_QUEUE_H_

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/task.h"

namespace ebm::batching {

struct RowJob {
  RowJob(JobId job_id, RowTask row_task, size_t row_count, size_t classes, absl::Time now);

  size_t waiting() const { return rows - taken; }
  bool done() const { return taken == evaluated && (taken == rows || !status.ok()); }
  // Calls and releases the task's callback. REQUIRES: done().
  void Finish();

  const JobId id;
  const size_t rows;  // n
  const absl::Time submitted;
  RowTask task;
  RowResult result;
  size_t taken = 0;      // rows given to workers
  size_t evaluated = 0;  // rows that came back
  absl::Status status;   // why the job ended early
};

using RowJobPtr = std::shared_ptr<RowJob>;

// Rows [first, first + count) of a job.
struct RowSlice {
  RowJobPtr job;
  size_t first = 0;
  size_t count = 0;
};

class RowQueue {
 public:
  void Add(const RowJobPtr& job);
  // REQUIRES: the job is done.
  void Remove(const RowJobPtr& job) { jobs_.erase(job->id); }
  // nullptr where there is none.
  RowJobPtr Find(JobId id) const;
  const std::unordered_map<JobId, RowJobPtr>& jobs() const { return jobs_; }

  // Up to max_rows rows of one kind, the kind of the oldest job that waits.
  std::vector<RowSlice> Take(size_t max_rows);
  bool HasWork() const;

  // Ends a job early; the slices of it that workers hold are still to come back. Of several reasons the first one
  // counts.
  void End(const RowJobPtr& job, absl::Status why);

 private:
  using Fifo = std::map<JobId, RowJobPtr>;  // ids are given out in order
  static constexpr size_t kKinds = 4;
  static size_t KindOf(const RowTask& task) { return task.wants_gradient_norm + 2 * task.wants_log_ratio; }
  // The first of them where no rows wait.
  Fifo& OldestKind();

  std::unordered_map<JobId, RowJobPtr> jobs_;  // all that are not done
  std::array<Fifo, kKinds> waiting_;           // by kind: jobs with rows that no worker has taken
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_ROW_QUEUE_H_
