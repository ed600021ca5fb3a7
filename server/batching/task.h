// What is handed to the scheduler: Sample requests as chains, Classify and Score requests as rows.

#ifndef EBM_SERVER_BATCHING_TASK_H_
#define EBM_SERVER_BATCHING_TASK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/batching/chain_engine.h"
#include "server/batching/result_sink.h"

namespace ebm::batching {

// Given out in increasing order.
using JobId = uint64_t;

// A request's share beside others that wait: while all have chains ready, a high one gets four slots for each slot of a
// normal one, and sixteen for each of a low one. None starves.
enum class Priority { kLow, kNormal, kHigh };

// A Sample request, checked by its sender.
struct SampleTask {
  ChainSettings settings;
  uint32_t chains = 0;
  uint32_t steps = 0;
  uint32_t frame_interval = 0;            // a frame every so many steps; 0: only the final states
  std::vector<float> states;              // [chains, D], where the chains start
  std::vector<uint8_t> free_coordinates;  // [D], the same for all chains; empty: all free
  bool wants_traces = false;              // needs TraceWindow::kFewestSteps steps beyond the adaptation
  Priority priority = Priority::kNormal;
  absl::Time deadline = absl::InfiniteFuture();
  std::shared_ptr<ResultSink> sink;
};

struct RowResult {
  std::vector<float> logits;         // [n, K]
  std::vector<float> log_density;    // [n]
  std::vector<float> gradient_norm;  // [n], or empty
  std::vector<float> log_ratio;      // [n], or empty
};

// A Classify or Score request, checked by its sender.
struct RowTask {
  std::vector<float> rows;  // [n, D]
  bool wants_gradient_norm = false;
  bool wants_log_ratio = false;  // needs a model on a base density
  absl::Time deadline = absl::InfiniteFuture();
  std::function<void(absl::StatusOr<RowResult>)> done;  // called once, from a worker, under no lock
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_TASK_H_
