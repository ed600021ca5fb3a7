// What one call asked of which model, and how long that took: for logs and statistics of every protocol.

#ifndef EBM_SERVER_INFERENCE_CALL_WORK_H_
#define EBM_SERVER_INFERENCE_CALL_WORK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace ebm::inference {

// Filled by RowCall and SampleStream, as far as a call gets. Threads: written before the call is done or refused; to be
// read after that.
struct CallWork {
  std::string model;  // empty: the call did not get as far as a model
  std::string version;
  int64_t rows = 0;    // of Classify and Score
  int64_t chains = 0;  // of Sample
  int64_t steps = 0;   // of each chain
  // Both are unset for calls that were refused.
  // From the submission to the first row or chain in a worker, or to the end of a call that had none there.
  std::optional<absl::Duration> queued;
  // From then to the end of the computation: the wall time in which its rows or chains were in workers, waited for
  // their turns, or waited for a slow reader.
  std::optional<absl::Duration> computed;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CALL_WORK_H_
