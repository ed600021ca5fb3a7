#include "server/batching/task_memory.h"

#include "server/batching/chain_traces.h"
#include "server/batching/result_sink.h"
#include "server/batching/row_queue.h"
#include "server/batching/sample_job.h"

namespace ebm::batching {
namespace {

constexpr uint64_t kAllocation = 16;  // what the allocator adds to an array

// A chain that is parked alone in its frame, as happens when the chains of a request are one step apart.
uint64_t ParkedChainBytes(uint64_t dimension) {
  constexpr uint64_t kArrays = 4;  // a frame's chains, states, log densities and log weights
  return sizeof(Frame) + kArrays * kAllocation + sizeof(uint32_t) + (dimension + 1) * sizeof(float) + sizeof(double);
}

// SampleJob's arrays: steps done, accepted steps, progress, the queue of ready chains, the list of diverged ones.
constexpr uint64_t kChainRecordBytes = 3 * sizeof(uint32_t) + sizeof(ChainProgress) + sizeof(DivergedChain);

}  // namespace

uint64_t BytesHeld(const SampleTask& task, size_t dimension) {
  uint64_t chain = dimension * sizeof(float) + ParkedChainBytes(dimension) + kChainRecordBytes;
  if (const std::optional<TraceWindow> window = TraceWindowOf(task)) {
    chain += ChainTraces::BytesPerChain(*window, dimension);
  }
  return sizeof(SampleJob) + task.free_coordinates.size() + task.chains * chain;
}

uint64_t BytesHeld(const RowTask& task, const RowShape& shape) {
  const uint64_t results = shape.num_classes + 1 + (task.wants_gradient_norm ? 1 : 0) + (task.wants_log_ratio ? 1 : 0) +
                           (task.wants_hidden_means ? shape.hidden_units : 0);
  return sizeof(RowJob) + task.rows.size() / shape.dimension * (shape.dimension + results) * sizeof(float);
}

}  // namespace ebm::batching
