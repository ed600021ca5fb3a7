#include "model/networks/process_settings.h"

#include <ATen/Parallel.h>
#include <malloc.h>

#include <mutex>

namespace ebm {

void PrepareProcess() {
  static std::once_flag once;
  std::call_once(once, [] {
    at::set_num_threads(1);
    constexpr int kKeptBytes = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, kKeptBytes);
    mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  });
}

// Reading the number of threads applies the process-wide setting to the calling thread.
void PrepareThread() { at::get_num_threads(); }

}  // namespace ebm
