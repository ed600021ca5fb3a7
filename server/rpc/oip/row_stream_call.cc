#include "server/rpc/oip/row_stream_call.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/guarded.h"
#include "server/rpc/oip/parameters.h"

namespace ebm::rpc::oip {
namespace {

absl::StatusOr<wire::ModelStreamInferResponse> LastResponse(absl::StatusOr<wire::ModelInferResponse> answer) {
  if (!answer.ok()) return answer.status();
  wire::ModelStreamInferResponse response;
  const absl::Status made = Guarded([&] {
    *response.mutable_infer_response() = *std::move(answer);
    Set(*response.mutable_infer_response()->mutable_parameters(), kFinalResponse, true);
    return absl::OkStatus();
  });
  if (!made.ok()) return made;
  return response;
}

}  // namespace

RowStreamCall::RowStreamCall(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
                             std::shared_ptr<RequestStatistics> statistics, Responses* responses)
    : call_(std::move(model), parts, std::move(statistics)), responses_(*responses) {}

void RowStreamCall::Start(const wire::ModelInferRequest& request, const inference::Caller& caller) {
  const absl::Status started = Guarded([&] {
    id_ = request.id();
    return call_.Start(request, caller, [this](absl::StatusOr<wire::ModelInferResponse> answer) {
      auto response = LastResponse(std::move(answer));
      responses_.SendLast(this, response.ok() ? *std::move(response) : ErrorResponse(response.status(), id_));
    });
  });
  if (!started.ok()) responses_.SendLast(this, ErrorResponse(started, id_));
}

void RowStreamCall::Cancel() { call_.Cancel(absl::CancelledError("the caller cancelled")); }

}  // namespace ebm::rpc::oip
