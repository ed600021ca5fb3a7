// The reactor of one Classify or Score call.
//
// Lifetime: a refused submission or the call's `done` finishes the call; the reactor deletes itself in OnDone. A
// cancelled call cancels its rows and still waits for `done`, so the response is never written to after gRPC has
// destroyed it.

#ifndef EBM_SERVER_RPC_EBM_V1_ROW_REACTOR_H_
#define EBM_SERVER_RPC_EBM_V1_ROW_REACTOR_H_

#include <memory>

#include "absl/status/status.h"
#include "ebm/v1/inference.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/row_call.h"

namespace ebm::rpc::ebm_v1 {

class RowReactor final : public grpc::ServerUnaryReactor {
 public:
  RowReactor(std::shared_ptr<inference::Model> model, const inference::CallParts& parts);

  // Submits the call's rows, or finishes the call with an error.
  void Start(const v1::ClassifyRequest& request, const inference::Caller& caller, v1::ClassifyResponse* response);
  void Start(const v1::ScoreRequest& request, const inference::Caller& caller, v1::ScoreResponse* response);

  void OnCancel() override;
  void OnDone() override;

 private:
  // Fills the response from the answer, on a worker, and finishes the call.
  template <typename Answer, typename Response>
  void Complete(const absl::StatusOr<Answer>& answer, Response* response);

  inference::RowCall call_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_ROW_REACTOR_H_
