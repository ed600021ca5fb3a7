// The reactor of one Classify or Score call.
//
// Lifetime: Start submits the rows. Either the failed submission or the scheduler's `done` finishes the call; the
// reactor deletes itself in OnDone. A cancelled call cancels its rows and still waits for `done`, so the response is
// never written to after gRPC has destroyed it.

#ifndef EBM_SERVER_RPC_ROW_REACTOR_H_
#define EBM_SERVER_RPC_ROW_REACTOR_H_

#include <functional>
#include <memory>

#include "grpcpp/support/server_callback.h"
#include "server/batching/scheduler.h"
#include "server/catalog/running_model.h"
#include "server/rpc/call_hold.h"

namespace ebm::rpc {

class RowReactor final : public grpc::ServerUnaryReactor {
 public:
  // Fills the call's response. Called from a worker, before the call finishes.
  using Fill = std::function<void(const catalog::ServedModel&, const batching::RowResult&)>;

  // Returns the reactor to be returned to gRPC.
  static RowReactor* Start(std::shared_ptr<catalog::RunningModel> model, batching::RowTask task, CallHold hold,
                           Fill fill);

  void OnCancel() override;
  void OnDone() override;

 private:
  RowReactor(std::shared_ptr<catalog::RunningModel> model, CallHold hold, Fill fill);

  void Complete(const absl::StatusOr<batching::RowResult>& result);

  const std::shared_ptr<catalog::RunningModel> model_;
  CallHold hold_;
  const Fill fill_;
  const batching::JobId job_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_ROW_REACTOR_H_
