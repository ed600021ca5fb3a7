// How many threads LibTorch may use for one call.

#ifndef EBM_MODEL_ENERGY_THREADS_H_
#define EBM_MODEL_ENERGY_THREADS_H_

namespace ebm {

// For the whole process, to be called before the first computation. Servers take 1, because their workers are the
// parallelism; the trainer takes the machine's cores. threads >= 1.
void SetComputeThreads(int threads);

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_THREADS_H_
