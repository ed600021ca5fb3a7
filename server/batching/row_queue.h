// The Classify and Score requests that are not done: queues of rows, taken in tiles.
//
// Requests take turns, round robin: a turn that fills a whole tile puts the request behind all others that wait, and
// one that got the rest of a tile keeps its place. So a small request waits for one whole tile of each request before
// it at most, not for all of their rows. A request larger than a tile is sliced over several tiles, and so over several
// workers; small requests of the same kind share a tile. The kind says which optional outputs are wanted: the gradient
// norm, the log ratio, the hidden means. Each of them takes an extra pass over the tile, which requests without it
// should not pay for.
//
// Threads: guarded by the lock of the board that owns it (job_board.h), except the rows and results of a slice, which
// belong to the worker that took the slice.

#ifndef EBM_SERVER_BATCHING_ROW_QUEUE_H_
#define EBM_SERVER_BATCHING_ROW_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "server/batching/chain_engine.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/task.h"

namespace ebm::batching {

struct RowJob {
  RowJob(JobId job_id, RowTask row_task, size_t row_count, SteadyTime now);

  size_t waiting() const { return rows - taken; }
  bool done() const { return taken == evaluated && (taken == rows || !status.ok()); }
  // Allocates the result, at the first call. For workers that have taken rows of the job: one that waits or is refused
  // needs none.
  void MakeRoomForResult(const RowShape& shape);
  // Calls the task's callback and releases it. REQUIRES: done().
  void Finish();

  MemoryReservation memory;  // the first member, so it is destroyed last
  const JobId id;
  const size_t rows;  // n
  const SteadyTime submitted;
  RowTask task;
  RowResult result;      // empty before MakeRoomForResult
  uint64_t turn = 0;     // the job's place in RowQueue, while rows of it wait
  size_t taken = 0;      // rows that workers have taken
  size_t evaluated = 0;  // rows whose results are complete
  absl::Status status;   // why the job ended early; OK otherwise

 private:
  std::once_flag has_room_;
};

using RowJobPtr = std::shared_ptr<RowJob>;

// Room for the results that the task wants of so many rows.
RowResult ResultFor(const RowTask& task, const RowShape& shape, size_t rows);

// Rows [first, first + count) of a job.
struct RowSlice {
  RowJobPtr job;
  size_t first = 0;
  size_t count = 0;
};

class RowQueue {
 public:
  // Adds nothing if it throws.
  void Add(const RowJobPtr& job);
  // REQUIRES: the job is done.
  void Remove(const RowJobPtr& job) { jobs_.erase(job->id); }
  // nullptr if there is no such job.
  RowJobPtr Find(JobId id) const;
  const std::unordered_map<JobId, RowJobPtr>& jobs() const { return jobs_; }

  // Takes up to max_rows rows of one kind, the kind of the job whose turn is next.
  std::vector<RowSlice> Take(size_t max_rows);
  bool HasWork() const { return waiting_rows_ > 0; }
  size_t waiting_rows() const { return waiting_rows_; }      // of all jobs
  size_t untouched_jobs() const { return untouched_jobs_; }  // of which no row was taken
  int64_t tiles() const { return tiles_; }                   // that Take has returned so far

  // Ends a job early. It is done once workers have returned the slices of it that they hold. The first of several
  // reasons counts.
  void End(const RowJobPtr& job, absl::Status why);

 private:
  using Turns = std::map<uint64_t, RowJobPtr>;
  static constexpr size_t kKinds = 8;
  static size_t KindOf(const RowTask& task) {
    return task.wants_gradient_norm + 2 * task.wants_log_ratio + 4 * task.wants_hidden_means;
  }
  // Puts a job that has waiting rows behind all others.
  void Join(const RowJobPtr& job);
  // The jobs of the kind whose turn is next; any kind if no rows wait.
  Turns& NextKind();

  std::unordered_map<JobId, RowJobPtr> jobs_;  // all jobs that are not done
  std::array<Turns, kKinds> waiting_;          // by kind: the jobs with rows that no worker has taken, by their turns
  uint64_t joined_ = 0;                        // how many times a job has joined
  size_t waiting_rows_ = 0;
  size_t untouched_jobs_ = 0;
  int64_t tiles_ = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_ROW_QUEUE_H_
