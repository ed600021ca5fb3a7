// A complete server in this process with the Open Inference Protocol: the quadratic model, real workers, gRPC.

#ifndef EBM_TESTS_SERVER_RPC_OIP_SERVICE_TEST_FIXTURE_H_
#define EBM_TESTS_SERVER_RPC_OIP_SERVICE_TEST_FIXTURE_H_

#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "inference/grpc_service.grpc.pb.h"
#include "server/access/access.h"
#include "server/batching/batching_observer.h"
#include "server/batching/clock.h"
#include "server/batching/shared_parts.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/catalog.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/inference/call.h"
#include "server/inference/open_calls.h"
#include "server/inference/stream_delivery.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/health_board.h"
#include "server/rpc/oip/services.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/server.h"
#include "tests/server/rpc/oip/fake_control.h"
#include "tests/server/rpc/oip/requests.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::rpc::oip {

constexpr int64_t kEndless = int64_t{1} << 30;  // more steps than any test waits for

class ServiceTest : public testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<wire::ModelInferRequest, wire::ModelStreamInferResponse>;

  void StartServer(int workers = 2) {
    pool_.emplace(workers, &clock_);
    const batching::SharedParts shared = {&clock_, pool_->wake_up(), &batching_observer_, &memory_, &room_};
    inference::RequestLimits limits;
    limits.max_steps = std::numeric_limits<uint32_t>::max();
    limits.max_chain_steps = std::numeric_limits<uint64_t>::max();
    auto model = catalog::ServedModel::Create(
        {"quadratic", "1"}, QuadraticCheckpoint(),
        std::make_unique<QuadraticEnergy>(4, std::vector<float>{-0.5F, 0.0F, 0.5F}, /*precision=*/2.0F),
        {.limits = limits});
    ASSERT_TRUE(model.ok()) << model.status();
    make_running_ = [this, model = *model, shared] {
      return std::make_shared<catalog::RunningModel>(model, &*pool_, shared);
    };
    running_ = make_running_();
    ASSERT_EQ(catalog_.Add(running_), absl::OkStatus());
    services_.emplace(ServiceParts{.catalog = &catalog_, .control = &control_, .gate = &gate_, .health = &health_},
                      inference::CallParts{&clock_, &open_calls_, &delivery_});
    auto server = Server::Start({.listen = "127.0.0.1:0"}, {.services = services_->named(),
                                                            .catalog = &catalog_,
                                                            .open_calls = &open_calls_,
                                                            .health = &health_,
                                                            .observer = &rpc_observer_,
                                                            .clock = &clock_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = wire::GRPCInferenceService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  static wire::ModelInferRequest Samples(int64_t chains, int64_t steps, int64_t frame_interval,
                                         const std::string& id = "") {
    wire::ModelInferRequest request = SampleRequest(chains, steps, frame_interval, id);
    request.set_model_name("quadratic.sample");
    return request;
  }
  static wire::ModelInferRequest Rows(const std::vector<float>& values, const std::string& id = "") {
    wire::ModelInferRequest request = RowsRequest(values);
    request.set_model_name("quadratic");
    request.set_id(id);
    return request;
  }

  // All responses of a stream to which nothing more is written.
  static std::vector<wire::ModelStreamInferResponse> ReadAll(Stream& stream) {
    stream.WritesDone();
    std::vector<wire::ModelStreamInferResponse> responses;
    for (wire::ModelStreamInferResponse response; stream.Read(&response);) responses.push_back(response);
    return responses;
  }

  size_t Loads() {
    const std::lock_guard<std::mutex> lock(control_.mu);
    return control_.loads.size();
  }

  // Unloads the model and loads it again.
  void Reload() {
    ASSERT_TRUE(BecomesIdle());
    running_.reset();
    ASSERT_EQ(catalog_.Remove("quadratic", "1"), absl::OkStatus());
    running_ = make_running_();
    ASSERT_EQ(catalog_.Add(running_), absl::OkStatus());
  }

  bool BecomesIdle() { return running_->scheduler().WaitUntilIdle(clock_.Now() + absl::Minutes(1)); }

  const batching::SteadyClock clock_{};
  batching::BatchingObserver batching_observer_;
  RpcObserver rpc_observer_;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  inference::OpenCalls open_calls_;
  inference::DeliveryThreads delivery_{1};
  std::optional<batching::WorkerPool> pool_;
  catalog::Catalog catalog_;
  access::Access access_;
  const CallGate gate_{&access_, &clock_};
  HealthBoard health_{{"", "inference.GRPCInferenceService"}};
  std::function<std::shared_ptr<catalog::RunningModel>()> make_running_;
  std::shared_ptr<catalog::RunningModel> running_;
  FakeControl control_;
  std::optional<Services> services_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<wire::GRPCInferenceService::Stub> stub_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_TESTS_SERVER_RPC_OIP_SERVICE_TEST_FIXTURE_H_
