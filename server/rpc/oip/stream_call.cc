#include "server/rpc/oip/stream_call.h"

#include "model/core/guarded.h"
#include "server/rpc/oip/parameters.h"

namespace ebm::rpc::oip {

wire::ModelStreamInferResponse ErrorResponse(const absl::Status& why, const std::string& id) {
  wire::ModelStreamInferResponse response;
  // Without memory for the text, an empty response still ends the request.
  (void)Guarded([&] {
    response.set_error_message(why.ToString());
    response.mutable_infer_response()->set_id(id);
    Set(*response.mutable_infer_response()->mutable_parameters(), kFinalResponse, true);
    return absl::OkStatus();
  });
  return response;
}

}  // namespace ebm::rpc::oip
