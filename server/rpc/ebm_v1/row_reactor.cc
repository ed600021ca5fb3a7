#include "server/rpc/ebm_v1/row_reactor.h"

#include <utility>

#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/rpc/ebm_v1/requests.h"
#include "server/rpc/ebm_v1/responses.h"
#include "server/rpc/ebm_v1/tensors.h"
#include "server/rpc/status.h"

namespace ebm::rpc::ebm_v1 {

RowReactor::RowReactor(std::shared_ptr<inference::Model> model, const inference::CallParts& parts)
    : call_(std::move(model), parts) {}

void RowReactor::Start(const v1::ClassifyRequest& request, const inference::Caller& caller,
                       v1::ClassifyResponse* response) {
  const auto submit = [&]() -> absl::Status {
    EBM_ASSIGN_OR_RETURN(const inference::TensorView inputs, ViewOf(request.inputs(), "inputs"));
    return call_.Classify(inputs, ToPlain(request), caller,
                          [this, response](const auto& answer) { Complete(answer, response); });
  };
  if (const absl::Status status = Guarded(submit); !status.ok()) Finish(ToGrpcStatus(status));
}

void RowReactor::Start(const v1::ScoreRequest& request, const inference::Caller& caller, v1::ScoreResponse* response) {
  const auto submit = [&]() -> absl::Status {
    EBM_ASSIGN_OR_RETURN(const inference::TensorView inputs, ViewOf(request.inputs(), "inputs"));
    return call_.Score(inputs, ToPlain(request), caller,
                       [this, response](const auto& answer) { Complete(answer, response); });
  };
  if (const absl::Status status = Guarded(submit); !status.ok()) Finish(ToGrpcStatus(status));
}

template <typename Answer, typename Response>
void RowReactor::Complete(const absl::StatusOr<Answer>& answer, Response* response) {
  absl::Status status = answer.status();
  if (status.ok()) {
    status = Guarded([&] {
      *response = ToProto(*answer, call_.model().info());
      return absl::OkStatus();
    });
  }
  Finish(ToGrpcStatus(status));
}

void RowReactor::OnCancel() { call_.Cancel(absl::CancelledError("the caller cancelled")); }

void RowReactor::OnDone() { delete this; }

}  // namespace ebm::rpc::ebm_v1
