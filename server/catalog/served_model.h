// A model that the server serves: the checkpoint's metadata, the energy, the start states of chains, and the engines
// for workers.
//
// Threads: immutable after construction; safe from any thread.

#ifndef EBM_SERVER_CATALOG_SERVED_MODEL_H_
#define EBM_SERVER_CATALOG_SERVED_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/core/precision.h"
#include "server/batching/chain_engine.h"
#include "server/catalog/start_states.h"

namespace ebm::catalog {

class ServedModel {
 public:
  // Reads, checks and warms up a checkpoint. The name is the file's name without its extension; the version is "1".
  // Sets LibTorch to one thread per call, for the whole process. Errors: those of ReadCheckpoint, MakeEnergyModel and
  // Create.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Load(const std::string& path, Precision precision);

  // As Load, from parts. The checkpoint's tensors are not read, because the energy holds the weights. Neither they nor
  // the start states are kept in it.
  // Errors: FailedPrecondition if the energy lacks logits or gradients; InvalidArgument if its shape is not the spec's,
  // or if ln p~ or its gradient at zero is not finite.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Create(std::string name, Checkpoint checkpoint,
                                                                   std::unique_ptr<EnergyModel> energy,
                                                                   Precision precision = Precision::kF32);

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const ModelSpec& spec() const { return checkpoint_.spec; }
  const EnergyModel& energy() const { return *energy_; }
  Precision precision() const { return precision_; }  // of the energy

  // Which optional results the checkpoint allows: percentiles; calibrated probabilities and p-values; ln p(x); chains
  // that start from stored states or from the base density.
  bool has_percentiles() const { return checkpoint_.log_density_quantiles.size() >= 2; }
  bool has_calibration() const { return checkpoint_.calibration.has_value(); }
  bool has_partition() const { return checkpoint_.partition.has_value(); }
  bool has_start_states() const { return starts_.has_stored(); }
  bool has_base_start() const { return starts_.has_base(); }

  const StartStates& starts() const { return starts_; }

  // Engines for one worker. They borrow the model, which must outlive them.
  std::unique_ptr<batching::ChainEngine> NewChainEngine() const;
  std::unique_ptr<batching::RowEngine> NewRowEngine() const;

 private:
  ServedModel(std::string name, Checkpoint checkpoint, std::unique_ptr<EnergyModel> energy, Precision precision);
  absl::Status Check() const;
  absl::Status Warm() const;

  const std::string name_;
  const std::string version_ = "1";
  const std::unique_ptr<const EnergyModel> energy_;
  const StartStates starts_;
  const Checkpoint checkpoint_;
  const Precision precision_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_SERVED_MODEL_H_
