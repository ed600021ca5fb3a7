// A model on fake engines (tests/support), with a fake clock, and workers whose rounds the test runs itself.

#ifndef EBM_TESTS_SERVER_INFERENCE_FAKE_MODEL_H_
#define EBM_TESTS_SERVER_INFERENCE_FAKE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "model/core/energy_model.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/sample_stream.h"
#include "server/inference/stream_delivery.h"
#include "server/inference/tensor_view.h"
#include "tests/server/inference/fake_info.h"
#include "tests/server/inference/kept_events.h"
#include "tests/support/counting_observer.h"
#include "tests/support/fake_chain.h"
#include "tests/support/fake_chain_engine.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_row_engine.h"

namespace ebm::inference {

class FakeModel final : public Model {
 public:
  explicit FakeModel(ModelInfo info = FakeInfo(), uint64_t memory_limit = uint64_t{1} << 30)
      : info_(std::move(info)), memory_(memory_limit), scheduler_(ShapeOf(info_), shared_) {
    worker_ = std::make_unique<batching::Worker>(
        &scheduler_, std::make_unique<batching::FakeChainEngine>(info_.slots, Dimension()),
        std::make_unique<batching::FakeRowEngine>(info_.slots, ShapeOf(info_)));
  }
  ~FakeModel() override {
    scheduler_.Stop(absl::UnavailableError("the test is over"));
    Crank(1);
  }

  const ModelInfo& info() const override { return info_; }
  batching::ChainScheduler& scheduler() override { return scheduler_; }
  const BaseDensity* base_density() const override { return base.get(); }
  ModelObserver* observer() override { return &events; }
  absl::Status CheckKernel(const KernelSettings& /*kernel*/) const override { return kernel_error; }
  absl::Status CheckStart(const ChainSettings& /*first*/) const override { return start_error; }
  std::shared_ptr<const batching::OpaqueSettings> EngineSettings(const ChainSettings& first) const override {
    auto settings = std::make_shared<batching::FakeSettings>();
    settings->seed = first.seed;
    settings->step_size = 0.5F;
    return settings;
  }

  void Crank(int rounds) {
    for (int round = 0; round < rounds; ++round) worker_->RunOnce();
  }

  RequestLimits& limits() { return info_.limits; }  // to be changed before there are calls
  batching::FakeClock& clock() { return clock_; }
  batching::MemoryBudget& memory() { return memory_; }

  absl::Status kernel_error;
  absl::Status start_error;
  std::shared_ptr<const BaseDensity> base;  // info().has_base_start says whether there is one
  KeptEvents events;

 private:
  int Dimension() const { return static_cast<int>(info_.spec.dimension()); }

  ModelInfo info_;
  batching::FakeClock clock_;
  batching::WakeUp wake_up_;
  batching::CountingObserver observer_;
  batching::MemoryBudget memory_;
  batching::QueueRoom room_;
  const batching::SharedParts shared_ = {&clock_, &wake_up_, &observer_, &memory_, &room_};
  batching::ChainScheduler scheduler_;
  std::unique_ptr<batching::Worker> worker_;
};

// Advances the streams when the test says so.
class HandDelivery final : public StreamDelivery {
 public:
  void Post(std::shared_ptr<SampleStream> stream) override { posted_.push_back(std::move(stream)); }
  void Deliver() {
    for (const auto& stream : std::exchange(posted_, {})) stream->Advance();
  }

 private:
  std::vector<std::shared_ptr<SampleStream>> posted_;
};

// A tensor that owns its elements.
struct OwnTensor {
  ElementType type;
  std::vector<int64_t> shape;
  std::string bytes;

  TensorView view() const { return {.type = type, .shape = shape, .bytes = bytes}; }
};

inline OwnTensor FloatTensor(std::vector<int64_t> shape, const std::vector<float>& values) {
  return {ElementType::kFloat32, std::move(shape),
          std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

inline OwnTensor ByteTensor(std::vector<int64_t> shape, std::string bytes) {
  return {ElementType::kUint8, std::move(shape), std::move(bytes)};
}

}  // namespace ebm::inference

#endif  // EBM_TESTS_SERVER_INFERENCE_FAKE_MODEL_H_
