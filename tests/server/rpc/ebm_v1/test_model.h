// A model with closed-form results, and helpers that make and read tensors.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_TEST_MODEL_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_TEST_MODEL_H_

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ebm/v1/tensor.pb.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/shared_parts.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/inference/model.h"
#include "server/inference/request_limits.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::rpc::ebm_v1 {

inline std::shared_ptr<const catalog::ServedModel> MakeTestModel(Checkpoint checkpoint = QuadraticCheckpoint(),
                                                                 const std::string& version = "1",
                                                                 const inference::RequestLimits& limits = {}) {
  return *catalog::ServedModel::Create(
      {"quadratic", version}, std::move(checkpoint),
      std::make_unique<QuadraticEnergy>(4, std::vector<float>{-0.5F, 0.0F, 0.5F}, /*precision=*/2.0F),
      {.limits = limits});
}

// The test model on a pool without threads: nothing that is submitted to it is computed.
class IdleModel {
 public:
  explicit IdleModel(Checkpoint checkpoint, const inference::RequestLimits& limits = {})
      : model_(MakeTestModel(std::move(checkpoint), "1", limits), &pool_, Shared()) {}

  inference::Model& model() { return model_; }

 private:
  batching::SharedParts Shared() { return {&clock_, pool_.wake_up(), &observer_, &memory_, &room_}; }

  const batching::SteadyClock clock_{};
  batching::BatchingObserver observer_;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  batching::WorkerPool pool_{0, &clock_};
  catalog::RunningModel model_;
};

inline v1::Tensor FloatTensor(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  tensor.set_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

inline v1::Tensor ByteTensor(const std::vector<int64_t>& shape, const std::string& bytes) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_UINT8);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  tensor.set_data(bytes);
  return tensor;
}

inline std::vector<float> ToFloats(const v1::Tensor& tensor) {
  std::vector<float> values(tensor.data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.data().data(), tensor.data().size());
  return values;
}

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_TEST_MODEL_H_
