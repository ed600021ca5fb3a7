#include "model/core/row_slices.h"

#include <algorithm>
#include <utility>

namespace ebm {

RowWorkers::RowWorkers(int threads, int64_t rows_per_slice) : rows_per_slice_(rows_per_slice) {
  try {
    for (int t = 1; t < threads; ++t) helpers_.emplace_back([this] { Help(); });
  } catch (...) {  // the system has no more threads
    EndHelpers();
    throw;
  }
}

RowWorkers::~RowWorkers() { EndHelpers(); }

void RowWorkers::EndHelpers() {
  {
    const std::lock_guard lock(mu_);
    ending_ = true;
  }
  begun_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void RowWorkers::ForEachSlice(int64_t rows, int64_t rows_per_slice, const SliceWork& work) {
  {
    const std::lock_guard lock(mu_);
    rows_ = rows;
    height_ = rows_per_slice;
    work_ = &work;
    next_slice_ = 0;
    busy_helpers_ = helpers_.size();
    ++jobs_;
  }
  begun_.notify_all();
  TakeSlices();
  std::unique_lock lock(mu_);
  ended_.wait(lock, [this] { return busy_helpers_ == 0; });
  if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
}

void RowWorkers::Help() {
  int64_t jobs_seen = 0;
  std::unique_lock lock(mu_);
  for (;;) {
    begun_.wait(lock, [&] { return ending_ || jobs_ != jobs_seen; });
    if (ending_) return;
    jobs_seen = jobs_;
    lock.unlock();
    TakeSlices();
    lock.lock();
    if (--busy_helpers_ == 0) ended_.notify_one();
  }
}

void RowWorkers::TakeSlices() {
  const int64_t slices = ebm::CountSlices(rows_, height_);
  for (int64_t slice = next_slice_++; slice < slices; slice = next_slice_++) {
    const int64_t first = slice * height_;
    try {
      (*work_)(slice, first, std::min(height_, rows_ - first));
    } catch (...) {
      Record(std::current_exception());
    }
  }
}

// Keeps the first exception, and leaves no slice for others to begin.
void RowWorkers::Record(std::exception_ptr exception) {
  next_slice_ = ebm::CountSlices(rows_, height_);
  const std::lock_guard lock(mu_);
  if (exception_ == nullptr) exception_ = std::move(exception);
}

void ForEachSlice(int64_t rows, int threads, const SliceWork& work) {
  const int64_t useful = std::clamp<int64_t>(CountSlices(rows), 1, threads);
  RowWorkers(static_cast<int>(useful)).ForEachSlice(rows, work);
}

}  // namespace ebm
