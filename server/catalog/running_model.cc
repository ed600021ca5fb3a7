#include "server/catalog/running_model.h"

#include <utility>
#include <vector>

#include "server/catalog/kernel_chains.h"
#include "server/catalog/model_chain_settings.h"
#include "server/catalog/model_engines.h"

namespace ebm::catalog {
namespace {

std::vector<std::unique_ptr<batching::Worker>> MakeWorkers(const ServedModel& model, int count,
                                                           batching::ChainScheduler* scheduler) {
  std::vector<std::unique_ptr<batching::Worker>> workers;
  workers.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    workers.push_back(std::make_unique<batching::Worker>(scheduler, model.NewChainEngine(), model.NewRowEngine()));
  }
  return workers;
}

}  // namespace

RunningModel::RunningModel(std::shared_ptr<const ServedModel> model, batching::WorkerPool* pool,
                           const batching::SharedParts& shared, std::shared_ptr<inference::ModelObserver> observer)
    : model_(std::move(model)),
      observer_(std::move(observer)),
      pool_(pool),
      scheduler_(ShapeOf(model_->energy()), shared) {
  pool_->Add(&scheduler_, MakeWorkers(*model_, pool_->threads(), &scheduler_));
}

RunningModel::~RunningModel() {
  scheduler_.Stop(absl::UnavailableError("the model is being unloaded"));
  pool_->Remove(&scheduler_);
}

absl::Status RunningModel::CheckKernel(const KernelSettings& kernel) const {
  return catalog::CheckKernel(kernel, model_->energy());
}

std::shared_ptr<const batching::OpaqueSettings> RunningModel::EngineSettings(const ChainSettings& first) const {
  return std::make_shared<ModelChainSettings>(first);
}

}  // namespace ebm::catalog
