#include "server/rpc/oip/infer_reactor.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/status.h"

namespace ebm::rpc::oip {

InferReactor::InferReactor(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
                           std::shared_ptr<RequestStatistics> statistics)
    : call_(std::move(model), parts, std::move(statistics)) {}

void InferReactor::Start(const wire::ModelInferRequest& request, const inference::Caller& caller,
                         wire::ModelInferResponse* response) {
  const absl::Status started =
      call_.Start(request, caller, [this, response](absl::StatusOr<wire::ModelInferResponse> answer) {
        const absl::Status status = answer.status();
        if (status.ok()) *response = *std::move(answer);
        Finish(ToGrpcStatus(status));
      });
  if (!started.ok()) Finish(ToGrpcStatus(started));
}

void InferReactor::OnCancel() { call_.Cancel(absl::CancelledError("the caller cancelled")); }

void InferReactor::OnDone() { delete this; }

}  // namespace ebm::rpc::oip
