#include "model/core/row_slices.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace ebm {

void ForEachSlice(int64_t rows, int threads, const std::function<void(int64_t, int64_t, int64_t)>& work) {
  const int64_t slices = CountSlices(rows);
  std::atomic<int64_t> next = 0;
  const auto take_slices = [&] {
    for (int64_t slice = next++; slice < slices; slice = next++) {
      const int64_t first = slice * kRowsPerSlice;
      work(slice, first, std::min(kRowsPerSlice, rows - first));
    }
  };
  std::vector<std::thread> helpers;
  for (int64_t t = 1; t < std::min<int64_t>(threads, slices); ++t) helpers.emplace_back(take_slices);
  take_slices();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace ebm
