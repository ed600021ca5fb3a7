// A ProcessGroup of LibTorch's c10d with Gloo: TCP between processors, without Python.
//
// The ranks find each other through a store that rank 0 or the launcher serves (launch.h), and then connect with each
// other on ports that the system chooses: between the ranks, a firewall must allow all ports. The network interface is
// GLOO_SOCKET_IFNAME's; without that variable it is the one of the host's name, or loopback if the store is there.

#ifndef EBM_MODEL_OFFLINE_PARALLEL_GLOO_GROUP_H_
#define EBM_MODEL_OFFLINE_PARALLEL_GLOO_GROUP_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/offline/parallel/launch.h"
#include "model/offline/parallel/process_group.h"

namespace ebm {

// Waits for all ranks. timeout: of this, and of every exchange after it. Errors: Unavailable.
absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinGlooGroup(const Launch& launch, absl::Duration timeout);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARALLEL_GLOO_GROUP_H_
