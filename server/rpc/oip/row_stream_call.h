// A request about rows on a stream: one response.

#ifndef EBM_SERVER_RPC_OIP_ROW_STREAM_CALL_H_
#define EBM_SERVER_RPC_OIP_ROW_STREAM_CALL_H_

#include <memory>
#include <string>

#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/rpc/oip/infer_call.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/stream_call.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

class RowStreamCall final : public StreamCall {
 public:
  // responses: borrowed, outlives the call. The statistics are of the model.
  RowStreamCall(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
                std::shared_ptr<RequestStatistics> statistics, Responses* responses);

  // Submits the rows, or answers with an error. The request is read before the method returns.
  void Start(const wire::ModelInferRequest& request, const inference::Caller& caller);

  void WroteResponse(Written /*written*/) override {}
  void Cancel() override;

 private:
  InferCall call_;
  Responses& responses_;
  std::string id_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_ROW_STREAM_CALL_H_
