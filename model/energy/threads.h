// How many threads LibTorch may use for one call.

#ifndef EBM_MODEL_ENERGY_THREADS_H_
#define EBM_MODEL_ENERGY_THREADS_H_

namespace ebm {

// For the whole process; threads >= 1. Servers and the trainer take 1, because their own threads are the parallelism.
void SetComputeThreads(int threads);

// For the calling thread, once before it computes: LibTorch's convolutions would otherwise take all cores on a thread
// that the setting has not reached, and round otherwise there. Cheap when repeated.
void AdoptComputeThreads();

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_THREADS_H_
