// Settings for LibTorch's threads and for memory, which hold for the whole process.

#ifndef EBM_MODEL_NETWORKS_PROCESS_SETTINGS_H_
#define EBM_MODEL_NETWORKS_PROCESS_SETTINGS_H_

namespace ebm {

// To be called before the first computation; further calls do nothing. LibTorch then computes on its caller's thread
// only, because our own threads provide the parallelism. Large blocks of memory stay with the process when they are
// freed: if a residual network's activations are returned to the system and faulted in again at every step, it loses a
// quarter of its speed.
void PrepareProcess();

// To be called on each thread before it computes with LibTorch; repeated calls are cheap. Without it, a thread does not
// see the setting of PrepareProcess: convolutions use all cores there and round differently.
void PrepareThread();

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_PROCESS_SETTINGS_H_
