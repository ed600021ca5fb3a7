// Turns a lack of memory into a status, where memory of a request's size is allocated while workers compute: it ends
// the requests that need it, and not the process.

#ifndef EBM_SERVER_BATCHING_OUT_OF_MEMORY_H_
#define EBM_SERVER_BATCHING_OUT_OF_MEMORY_H_

#include <new>

#include "absl/status/status.h"

namespace ebm::batching {

// The status that work() returns; ResourceExhausted if it throws std::bad_alloc.
template <typename Work>
absl::Status CatchOutOfMemory(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  }
}

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_OUT_OF_MEMORY_H_
