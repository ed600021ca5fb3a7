// A model that the server serves: what its checkpoint says, the energy, the start states of chains, and the engines for
// workers.
//
// Threads: immutable after construction; safe from any thread.

#ifndef EBM_SERVER_CATALOG_SERVED_MODEL_H_
#define EBM_SERVER_CATALOG_SERVED_MODEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/core/model_name.h"
#include "model/core/precision.h"
#include "server/batching/chain_engine.h"
#include "server/catalog/start_states.h"
#include "server/inference/model.h"
#include "server/inference/request_limits.h"

namespace ebm::catalog {

// How a model is served, apart from what its checkpoint says.
struct ServingOptions {
  Precision precision = Precision::kF32;
  inference::RequestLimits limits;
};

class ServedModel {
 public:
  // Reads, checks and warms up a checkpoint. Sets LibTorch to one thread per call, for the whole process. Errors: those
  // of ReadCheckpoint, MakeEnergyModel and Create.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Load(ModelName name, const std::string& path,
                                                                 const ServingOptions& options);
  // The same; the name is the file's name without its extension, the version is "1".
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Load(const std::string& path,
                                                                 const ServingOptions& options);

  // As Load, from parts. The checkpoint's tensors are not read, because the energy holds the weights.
  // Errors: those of CheckModelName; FailedPrecondition if the energy lacks logits, or both gradient and block
  // conditionals; InvalidArgument if its
  // shape is not the spec's, or if ln p~ or its gradient at zero is not finite.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Create(ModelName name, Checkpoint checkpoint,
                                                                   std::unique_ptr<EnergyModel> energy,
                                                                   const ServingOptions& options = {});

  const inference::ModelInfo& info() const { return info_; }
  const EnergyModel& energy() const { return *energy_; }
  const StartStates& starts() const { return starts_; }

  // Engines for one worker. They borrow the model, which must outlive them.
  std::unique_ptr<batching::ChainEngine> NewChainEngine() const;
  std::unique_ptr<batching::RowEngine> NewRowEngine() const;

 private:
  ServedModel(inference::ModelInfo info, std::unique_ptr<EnergyModel> energy, StartStates starts);
  absl::Status Check() const;
  absl::Status Warm() const;

  const inference::ModelInfo info_;
  const std::unique_ptr<const EnergyModel> energy_;
  const StartStates starts_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_SERVED_MODEL_H_
