#include "model/core/row_slices.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ebm {

namespace {

// The first exception of several threads.
class FirstException {
 public:
  void Take(std::exception_ptr exception) {
    const std::lock_guard lock(mu_);
    if (first_ == nullptr) first_ = std::move(exception);
    any_ = true;
  }
  bool any() const { return any_; }
  // REQUIRES: the threads have ended.
  void ThrowIfAny() const {
    if (first_ != nullptr) std::rethrow_exception(first_);
  }

 private:
  std::mutex mu_;
  std::exception_ptr first_;
  std::atomic<bool> any_ = false;
};

}  // namespace

void ForEachSlice(int64_t rows, int threads, const std::function<void(int64_t, int64_t, int64_t)>& work) {
  const int64_t slices = CountSlices(rows);
  std::atomic<int64_t> next = 0;
  FirstException exception;
  const auto take_slices = [&] {
    for (int64_t slice = next++; slice < slices && !exception.any(); slice = next++) {
      const int64_t first = slice * kRowsPerSlice;
      try {
        work(slice, first, std::min(kRowsPerSlice, rows - first));
      } catch (...) {
        exception.Take(std::current_exception());
      }
    }
  };
  std::vector<std::thread> helpers;
  for (int64_t t = 1; t < std::min<int64_t>(threads, slices); ++t) helpers.emplace_back(take_slices);
  take_slices();
  for (std::thread& helper : helpers) helper.join();
  exception.ThrowIfAny();
}

}  // namespace ebm
