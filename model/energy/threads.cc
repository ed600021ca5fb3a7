#include "model/energy/threads.h"

#include <ATen/Parallel.h>

namespace ebm {

void SetComputeThreads(int threads) { at::set_num_threads(threads); }

// Reading the number is what brings it into a thread.
void AdoptComputeThreads() { at::get_num_threads(); }

}  // namespace ebm
