// One request about rows, from its message to its response, for ModelInfer and for streams.
//
// Threads: Cancel may be called from any thread. The object must stay alive until `done` has been called, or Start has
// failed.

#ifndef EBM_SERVER_RPC_OIP_INFER_CALL_H_
#define EBM_SERVER_RPC_OIP_INFER_CALL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/batching/clock.h"
#include "server/inference/call.h"
#include "server/inference/call_work.h"
#include "server/inference/model.h"
#include "server/inference/row_answers.h"
#include "server/inference/row_call.h"
#include "server/rpc/oip/outputs.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// The only input of models that evaluate rows.
inline constexpr char kRowsInput[] = "x";

// What a response takes from its request.
struct ResponseParts {
  std::string id;
  std::vector<const RowOutput*> outputs;
};

// rows: the number of rows of the answers.
wire::ModelInferResponse ToResponse(const inference::RowAnswers& answers, int64_t rows, const ResponseParts& parts,
                                    const inference::ModelInfo& model);

class InferCall {
 public:
  using Done = std::function<void(absl::StatusOr<wire::ModelInferResponse>)>;

  // The clock is that of parts. The statistics are of the model.
  InferCall(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
            std::shared_ptr<RequestStatistics> statistics);

  // Submits the rows. The request is read before the method returns. On success, `done` is called exactly once, from a
  // worker, and may destroy this object; on failure it is not called. Errors: InvalidArgument for a malformed request;
  // those of RequestedOutputs and of RowCall.
  absl::Status Start(const wire::ModelInferRequest& request, const inference::Caller& caller, Done done);

  // The caller is gone: the call ends soon, with this status.
  void Cancel(const absl::Status& why) { rows_.Cancel(why); }

 private:
  absl::Status Submit(const wire::ModelInferRequest& request, inference::Caller caller, Done done);
  absl::StatusOr<wire::ModelInferResponse> Respond(const absl::StatusOr<inference::RowAnswers>& answers, int64_t rows,
                                                   const ResponseParts& parts);

  const batching::Clock& clock_;
  inference::CallWork own_work_;
  inference::CallWork* work_ = &own_work_;  // the caller's, if it wants to know
  const batching::SteadyTime arrived_;
  const std::shared_ptr<RequestStatistics> statistics_;
  inference::RowCall rows_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_INFER_CALL_H_
