// A complete server in this process: the quadratic model, real workers, gRPC on an in-process channel and on a port.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_SERVICE_TEST_FIXTURE_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_SERVICE_TEST_FIXTURE_H_

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ebm/v1/inference.grpc.pb.h"
#include "ebm/v1/model.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "server/access/access.h"
#include "server/batching/batching_observer.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/catalog/fixed_models.h"
#include "server/inference/call.h"
#include "server/inference/open_calls.h"
#include "server/inference/request_limits.h"
#include "server/inference/stream_delivery.h"
#include "server/rpc/call_record.h"
#include "server/rpc/ebm_v1/services.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/server.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {

constexpr uint32_t kEndless = 1U << 30;  // more steps than any test waits for

// The messages and the final status of a stream.
struct SampleOutcome {
  std::vector<v1::SampleFrame> frames;
  std::optional<v1::SampleSummary> summary;
  grpc::Status status;
};

class ServiceTest : public testing::Test {
 protected:
  void StartServer(int workers = 2, RpcObserver* observer = nullptr, Checkpoint checkpoint = QuadraticCheckpoint()) {
    PortOptions options;
    options.listen = "127.0.0.1:0";
    pool_.emplace(workers, &clock_);
    inference::RequestLimits limits;
    limits.max_steps = std::numeric_limits<uint32_t>::max();
    limits.max_chain_steps = std::numeric_limits<uint64_t>::max();
    const auto model = MakeTestModel(std::move(checkpoint), "1", limits);
    running_ = std::make_shared<catalog::RunningModel>(model, &*pool_, Shared());
    ASSERT_EQ(catalog_.Add(running_), absl::OkStatus());
    services_.emplace(&catalog_, &control_, &gate_, inference::CallParts{&clock_, &open_calls_, &delivery_});
    auto server = Server::Start(options, Parts(observer != nullptr ? observer : &rpc_observer_));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::InferenceService::NewStub(Channel());
  }

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  ServerParts Parts(RpcObserver* observer) {
    return {.services = services_->named(),
            .catalog = &catalog_,
            .open_calls = &open_calls_,
            .health = &health_,
            .observer = observer,
            .log = call_log_,
            .clock = &clock_};
  }

  batching::SharedParts Shared() { return {&clock_, pool_->wake_up(), &batching_observer_, &memory_, &room_}; }

  static v1::SampleRequest Request(uint32_t chains, uint32_t steps, uint32_t frame_interval, uint64_t seed = 1) {
    v1::SampleRequest request;
    request.set_chains(chains);
    request.set_seed(seed);
    request.set_frame_interval(frame_interval);
    request.mutable_sampler()->set_steps(steps);
    return request;
  }

  SampleOutcome Sample(const v1::SampleRequest& request) {
    grpc::ClientContext context;
    SampleOutcome outcome;
    const auto reader = stub_->Sample(&context, request);
    for (v1::SampleResponse response; reader->Read(&response);) {
      EXPECT_FALSE(outcome.summary.has_value()) << "a message after the summary";
      if (response.has_frame()) outcome.frames.push_back(response.frame());
      if (response.has_summary()) outcome.summary = response.summary();
    }
    outcome.status = reader->Finish();
    return outcome;
  }

  bool BecomesIdle() { return running_->scheduler().WaitUntilIdle(clock_.Now() + absl::Seconds(30)); }

  const batching::SteadyClock clock_{};
  batching::BatchingObserver batching_observer_;
  RpcObserver rpc_observer_;
  CallLog* call_log_ = nullptr;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  inference::OpenCalls open_calls_;
  inference::DeliveryThreads delivery_{1};
  std::optional<batching::WorkerPool> pool_;
  catalog::Catalog catalog_;
  catalog::FixedModels control_{&catalog_};
  access::Access access_;
  const CallGate gate_{&access_, &clock_};
  HealthBoard health_{{"", "ebm.v1.InferenceService", "ebm.v1.ModelService"}};
  std::shared_ptr<catalog::RunningModel> running_;
  std::optional<Services> services_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::InferenceService::Stub> stub_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_SERVICE_TEST_FIXTURE_H_
