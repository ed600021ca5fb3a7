#include "server/rpc/call_memory.h"

#include <algorithm>

#include "server/catalog/model_chain_settings.h"
#include "server/catalog/model_engines.h"
#include "server/rpc/frame_queue.h"

namespace ebm::rpc {
namespace {

// A row's values in a response besides one per class: the fields that have one number per row.
constexpr uint64_t kOtherValues = 8;

uint64_t BytesOfResponse(const batching::RowTask& task, const catalog::ServedModel& model) {
  const uint64_t rows = task.rows.size() / model.spec().dimension();
  return rows * (model.spec().num_classes() + kOtherValues) * sizeof(float);
}

}  // namespace

uint64_t BytesOfCall(const v1::ClassifyRequest& request, const batching::RowTask& task,
                     const catalog::ServedModel& model) {
  return request.SpaceUsedLong() + BytesOfResponse(task, model);
}

uint64_t BytesOfCall(const v1::ScoreRequest& request, const batching::RowTask& task,
                     const catalog::ServedModel& model) {
  const uint64_t kept = request.include_normalized_log_density() ? task.rows.size() * sizeof(float) : 0;
  return request.SpaceUsedLong() + kept + BytesOfResponse(task, model);
}

uint64_t BytesOfCall(const v1::SampleRequest& request, const ResolvedSample& sample,
                     const catalog::ServedModel& model) {
  const auto most_chains = std::min<uint64_t>(sample.task.chains, catalog::kTileRows);  // of a frame
  const uint64_t frame = most_chains * model.spec().dimension() * sizeof(float);
  const uint64_t held =
      sizeof(catalog::ModelChainSettings) + sample.held.free.size() + sample.held.given.size() * sizeof(float);
  return request.SpaceUsedLong() + held + FrameQueue::MostBytes(frame) + frame;  // the last: the message being written
}

}  // namespace ebm::rpc
