// Work on the rows of a batch, split into slices of a fixed height that are shared among threads.
//
// The slices do not depend on the number of threads, so neither do the results: a run gives the same bits on one core
// and on many. Where a sum is taken slice by slice, its last bits depend on the height. This is also faster than
// LibTorch's own threads, which at these sizes lose more time in barriers than they save.

#ifndef EBM_MODEL_CORE_ROW_SLICES_H_
#define EBM_MODEL_CORE_ROW_SLICES_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ebm {

inline constexpr int64_t kRowsPerSlice = 32;

inline int64_t CountSlices(int64_t rows, int64_t rows_per_slice = kRowsPerSlice) {
  return (rows + rows_per_slice - 1) / rows_per_slice;
}

// work(slice, first row, number of rows).
using SliceWork = std::function<void(int64_t, int64_t, int64_t)>;

// Threads that wait for work, for callers that have a little of it again and again.
//
// Threads: one caller at a time.
class RowWorkers {
 public:
  // threads: at least 1; the caller's is one of them.
  explicit RowWorkers(int threads, int64_t rows_per_slice = kRowsPerSlice);
  ~RowWorkers();
  RowWorkers(const RowWorkers&) = delete;
  RowWorkers& operator=(const RowWorkers&) = delete;

  int threads() const { return static_cast<int>(helpers_.size()) + 1; }
  int64_t CountSlices(int64_t rows) const { return ebm::CountSlices(rows, rows_per_slice_); }

  // Calls work once for every slice and returns when all are done. If work throws, slices that have not begun are left
  // out, and one of the exceptions is thrown again here.
  void ForEachSlice(int64_t rows, const SliceWork& work) { ForEachSlice(rows, rows_per_slice_, work); }
  // The same with slices of another height, for work whose results do not depend on it.
  void ForEachSlice(int64_t rows, int64_t rows_per_slice, const SliceWork& work);

 private:
  void EndHelpers();
  void Help();
  void TakeSlices();
  void Record(std::exception_ptr exception);

  const int64_t rows_per_slice_;

  // The job: written by the caller while no helper works on one.
  int64_t rows_ = 0;
  int64_t height_ = 1;  // of a slice, in rows
  const SliceWork* work_ = nullptr;
  std::atomic<int64_t> next_slice_ = 0;

  std::mutex mu_;
  std::condition_variable begun_;  // a job, or the end
  std::condition_variable ended_;  // every helper's part of the job
  int64_t jobs_ = 0;               // begun so far
  size_t busy_helpers_ = 0;
  bool ending_ = false;
  std::exception_ptr exception_;

  std::vector<std::thread> helpers_;
};

// The same for a single job, on threads that are created for it.
void ForEachSlice(int64_t rows, int threads, const SliceWork& work);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_ROW_SLICES_H_
