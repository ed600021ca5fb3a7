// The scheduler's input: Sample requests as chains, Classify and Score requests as rows.

#ifndef EBM_SERVER_BATCHING_TASK_H_
#define EBM_SERVER_BATCHING_TASK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/batching/chain_engine.h"
#include "server/batching/chain_traces.h"
#include "server/batching/clock.h"
#include "server/batching/result_sink.h"

namespace ebm::batching {

// Ids are given out in increasing order.
using JobId = uint64_t;

// A request's share of the slots while several requests wait: a high one gets four slots for each slot of a normal one,
// and sixteen for each slot of a low one. No request starves.
enum class Priority { kLow, kNormal, kHigh };

// A Sample request. The sender has validated its values.
struct SampleTask {
  std::shared_ptr<const OpaqueSettings> settings;  // of the type that the scheduler's engines expect
  uint32_t chains = 0;
  uint32_t first_step = 0;                // steps done before; below steps
  uint32_t steps = 0;                     // the number of the last step
  uint32_t frame_interval = 0;            // steps from one frame to the next; 0: only the final states
  std::vector<float> states;              // [chains, D], where the chains start; empty: the engine draws it
  std::vector<uint8_t> free_coordinates;  // [D], the same for all chains; empty: all free
  bool weighted = false;                  // the chains carry weights, which their frames report
  // If set, the steps after this one may be traced. There must be at least TraceWindow::kFewestSteps.
  std::optional<uint32_t> traced_after;
  Priority priority = Priority::kNormal;
  SteadyTime deadline = SteadyTime::InfiniteFuture();
  std::shared_ptr<ResultSink> sink;
};

// Unset if the task wants no traces.
std::optional<TraceWindow> TraceWindowOf(const SampleTask& task);

struct RowResult {
  std::vector<float> logits;         // [n, K]
  std::vector<float> log_density;    // [n]
  std::vector<float> gradient_norm;  // [n], or empty
  std::vector<float> log_ratio;      // [n], or empty
  std::vector<float> hidden_means;   // [n, H], or empty
};

// A Classify or Score request. The sender has validated its values.
struct RowTask {
  std::vector<float> rows;  // [n, D]
  bool wants_gradient_norm = false;
  bool wants_log_ratio = false;     // requires a model that has a base density
  bool wants_hidden_means = false;  // requires a model that has hidden units
  SteadyTime deadline = SteadyTime::InfiniteFuture();
  // If set, receives the time from SubmitRows to the tile that takes the first row. Borrowed until done is called.
  std::optional<absl::Duration>* queue_wait = nullptr;
  std::function<void(absl::StatusOr<RowResult>)> done;  // called once, from a worker, without a lock
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_TASK_H_
