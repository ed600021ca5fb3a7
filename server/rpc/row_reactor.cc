#include "server/rpc/row_reactor.h"

#include <utility>

#include "server/rpc/status.h"

namespace ebm::rpc {

RowReactor* RowReactor::Start(std::shared_ptr<catalog::RunningModel> model, batching::RowTask task, Fill fill) {
  auto* reactor = new RowReactor(std::move(model), std::move(fill));
  task.done = [reactor](const absl::StatusOr<batching::RowResult>& result) { reactor->Complete(result); };
  const absl::Status submitted = reactor->model_->scheduler().SubmitRows(reactor->job_, std::move(task));
  if (!submitted.ok()) reactor->Finish(ToGrpcStatus(submitted));
  return reactor;
}

RowReactor::RowReactor(std::shared_ptr<catalog::RunningModel> model, Fill fill)
    : model_(std::move(model)), fill_(std::move(fill)), job_(model_->scheduler().NewJobId()) {}

void RowReactor::Complete(const absl::StatusOr<batching::RowResult>& result) {
  if (result.ok()) fill_(model_->model(), *result);
  Finish(ToGrpcStatus(result.status()));
}

void RowReactor::OnCancel() { model_->scheduler().Cancel(job_, absl::CancelledError("the caller cancelled")); }

void RowReactor::OnDone() { delete this; }

}  // namespace ebm::rpc
