#include "server/rpc/row_reactor.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/guarded.h"
#include "server/rpc/status.h"

namespace ebm::rpc {
namespace {

// Finite inputs can still overflow float32 inside the network.
absl::Status CheckFinite(const batching::RowResult& result) {
  for (size_t row = 0; row < result.log_density.size(); ++row) {
    const bool finite = std::isfinite(result.log_density[row]) &&
                        (result.gradient_norm.empty() || std::isfinite(result.gradient_norm[row]));
    if (finite) continue;
    return absl::InvalidArgumentError(absl::StrCat("inputs: row ", row,
                                                   " has values so large that the model's ln p~ is ",
                                                   result.log_density[row], "; ln p~ and its gradient must be finite"));
  }
  return absl::OkStatus();
}

}  // namespace

RowReactor* RowReactor::Start(std::shared_ptr<catalog::RunningModel> model, batching::RowTask task, CallHold hold,
                              Fill fill) {
  auto* reactor = new RowReactor(std::move(model), std::move(hold), std::move(fill));
  task.done = [reactor](const absl::StatusOr<batching::RowResult>& result) { reactor->Complete(result); };
  const absl::Status submitted = reactor->model_->scheduler().SubmitRows(reactor->job_, std::move(task));
  if (!submitted.ok()) {
    reactor->hold_ = {};  // a drain does not wait for what it refuses
    reactor->Finish(ToGrpcStatus(submitted));
  }
  return reactor;
}

RowReactor::RowReactor(std::shared_ptr<catalog::RunningModel> model, CallHold hold, Fill fill)
    : model_(std::move(model)), hold_(std::move(hold)), fill_(std::move(fill)), job_(model_->scheduler().NewJobId()) {}

void RowReactor::Complete(const absl::StatusOr<batching::RowResult>& result) {
  absl::Status status = result.status();
  if (status.ok()) status = CheckFinite(*result);
  if (status.ok()) {
    status = Guarded([&] {
      fill_(model_->model(), *result);
      return absl::OkStatus();
    });
  }
  Finish(ToGrpcStatus(status));
}

void RowReactor::OnCancel() { model_->scheduler().Cancel(job_, absl::CancelledError("the caller cancelled")); }

void RowReactor::OnDone() { delete this; }

}  // namespace ebm::rpc
