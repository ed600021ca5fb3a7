// A model as the server serves it: the checkpoint's facts, the energy it describes, where chains start, and engines on
// it for workers.
//
// Units: start states are in the model's scaled units, row-major [chains, D].
//
// Threads: immutable after it is made; shared by every thread that serves.

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

namespace ebm::catalog {

class ServedModel {
 public:
  // Reads, checks and warms a checkpoint. The name is the file's name without its ending; the version is "1".
  // Takes the process' LibTorch down to one thread a call. Errors: those of ReadCheckpoint, MakeEnergyModel and Create.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Load(const std::string& path, Precision precision);

  // The same from parts. The checkpoint's tensors are not looked at and not kept: the energy holds the weights.
  // Errors: FailedPrecondition where the energy lacks logits or gradients; InvalidArgument where its shape is not the
  // spec's, or its ln p~ at zero is not finite.
  static absl::StatusOr<std::shared_ptr<const ServedModel>> Create(std::string name, Checkpoint checkpoint,
                                                                   std::unique_ptr<EnergyModel> energy,
                                                                   Precision precision = Precision::kF32);

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const ModelSpec& spec() const { return checkpoint_.spec; }
  const EnergyModel& energy() const { return *energy_; }
  Precision precision() const { return precision_; }  // of the energy

  // Whether Score can answer with percentiles, p-values and ln p(x), Classify with calibrated probabilities, and Sample
  // can start from stored states or the base.
  bool has_percentiles() const { return checkpoint_.log_density_quantiles.size() >= 2; }
  bool has_calibration() const { return checkpoint_.calibration.has_value(); }
  bool has_partition() const { return checkpoint_.partition.has_value(); }
  bool has_start_states() const { return !checkpoint_.start_states.empty(); }
  bool has_base_start() const { return energy_->base_density() != nullptr; }

  // Uniform in the checkpoint's start box.
  std::vector<float> UniformStart(uint64_t seed, uint32_t chains) const;
  // From the stored states of a class, or of all where target_class is kNoClass. FailedPrecondition where there are
  // none.
  absl::StatusOr<std::vector<float>> BufferStart(uint64_t seed, uint32_t chains, int32_t target_class) const;
  // Draws from the base density, of a class where it has one for each; for chains that anneal, those of DefensiveBase
  // (model/partition/defensive_base.h). FailedPrecondition where there is none.
  absl::StatusOr<std::vector<float>> BaseStart(uint64_t seed, uint32_t chains, int32_t target_class,
                                               bool anneals) const;

  // Engines for one worker. They borrow the model, which must outlive them.
  std::unique_ptr<batching::ChainEngine> NewChainEngine() const;
  std::unique_ptr<batching::RowEngine> NewRowEngine() const;

 private:
  ServedModel(std::string name, Checkpoint checkpoint, std::unique_ptr<EnergyModel> energy, Precision precision);
  absl::Status Check() const;
  absl::Status Warm() const;

  const std::string name_;
  const std::string version_ = "1";
  const Checkpoint checkpoint_;
  const std::unique_ptr<const EnergyModel> energy_;
  const Precision precision_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_SERVED_MODEL_H_
