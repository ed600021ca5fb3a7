// grpc.health.v1: Check and Watch of what a HealthBoard holds. Several servers can have one each of the same board.
//
// Threads: no handler blocks.

#ifndef EBM_SERVER_RPC_HEALTH_SERVICE_H_
#define EBM_SERVER_RPC_HEALTH_SERVICE_H_

#include <atomic>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/health_board.h"

namespace ebm::rpc {

class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // The board is borrowed and outlives the service.
  explicit HealthService(HealthBoard* board) : board_(*board) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  // Ends with UNAVAILABLE when the board ends. RESOURCE_EXHAUSTED if there are too many.
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  // The limit of one service, because a port for probes may be open to everybody.
  static constexpr int kMostWatches = 1000;

  HealthBoard& board_;
  std::atomic<int> watches_ = 0;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_HEALTH_SERVICE_H_
