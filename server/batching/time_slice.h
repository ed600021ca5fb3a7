// How long a thread computes before the kernel lets another thread have its core (Linux 6.12 and later).
//
// A thread that wakes up takes the core from a running thread at once if its own time slice is the shorter one;
// otherwise it waits for the end of the other's slice, on many machines up to a tick of 4 ms. A server whose compute
// threads use all cores therefore gives them long slices and all other threads short ones: a request is read, and its
// answer written, without waiting. Each thread's share of the cores stays the same.
//
// Source: the EEVDF scheduler, sched_setattr(2), sched_runtime.

#ifndef EBM_SERVER_BATCHING_TIME_SLICE_H_
#define EBM_SERVER_BATCHING_TIME_SLICE_H_

#include "absl/time/time.h"

namespace ebm::batching {

// The shortest and the longest that the kernel has.
constexpr absl::Duration kShortTimeSlice = absl::Microseconds(100);
constexpr absl::Duration kLongTimeSlice = absl::Milliseconds(100);

// Sets the calling thread's time slice, which threads that it starts inherit. Older kernels ignore it, and so do
// real-time policies; both only cost latency, so there is no error.
void SetTimeSlice(absl::Duration slice);

// The calling thread's time slice; zero if the kernel does not tell.
absl::Duration TimeSlice();

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_TIME_SLICE_H_
