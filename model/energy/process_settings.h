// What a process that computes sets for all of its threads.

#ifndef EBM_MODEL_ENERGY_PROCESS_SETTINGS_H_
#define EBM_MODEL_ENERGY_PROCESS_SETTINGS_H_

namespace ebm {

// Before the first computation; once is enough, and more does nothing. Calls of LibTorch stay on their caller's thread,
// because our own threads are the parallelism. And large pieces of memory are kept when they are freed: a residual
// network's activations, given back to the system and faulted in anew at every step, cost a quarter of its speed.
void PrepareProcess();

// For the calling thread, before it computes with LibTorch; cheap when repeated. Convolutions would otherwise take all
// cores on a thread that PrepareProcess has not reached, and round otherwise there.
void PrepareThread();

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_PROCESS_SETTINGS_H_
