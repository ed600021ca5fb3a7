// What requests need of a model that runs. The catalog implements it on a checkpoint, tests on closed forms.
//
// Threads: safe from any thread. What info() returns is constant.

#ifndef EBM_SERVER_INFERENCE_MODEL_H_
#define EBM_SERVER_INFERENCE_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/core/energy_model.h"
#include "model/core/precision.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/sampler_settings.h"
#include "model/scoring/calibration.h"
#include "model/scoring/partition_estimate.h"
#include "model/spec/model_spec.h"
#include "model/spec/provenance.h"
#include "server/batching/chain_engine.h"
#include "server/batching/scheduler.h"
#include "server/inference/model_observer.h"
#include "server/inference/request_limits.h"

namespace ebm::inference {

// The checkpoint without its tensors (model/checkpoint/checkpoint.h), and how it is served.
struct ModelInfo {
  std::string name;
  std::string version;
  Precision precision = Precision::kF32;
  int slots = 1;  // of a worker, and so the most chains of a frame
  RequestLimits limits;

  ModelSpec spec;
  SamplerSettings sampler;  // for fields that a Sample request leaves unset; scaled units
  Provenance provenance;
  std::map<std::string, double> evaluation;
  std::vector<float> log_density_quantiles;
  std::optional<PartitionEstimate> partition;
  std::optional<Calibration> calibration;
  std::vector<float> calibration_scores;  // of the calibration
  bool has_gradient = false;              // of ln p~: gradient norms, and Langevin chains
  bool has_block_conditionals = false;    // Gibbs chains
  bool has_levels = false;                // coordinates are levels
  int64_t hidden_units = 0;               // H; 0 without hidden means
  bool has_start_states = false;          // chains can start from stored states
  bool has_base_start = false;            // chains can start from the base density

  // Rows may have missing values: the base density gives them a distribution.
  bool accepts_missing_values() const { return has_base_start; }
  bool has_percentiles() const { return log_density_quantiles.size() >= 2; }
};

class Model {
 public:
  virtual ~Model() = default;

  virtual const ModelInfo& info() const = 0;
  virtual batching::ChainScheduler& scheduler() = 0;
  virtual const BaseDensity* base_density() const = 0;   // null if the model has none
  virtual ModelObserver* observer() { return nullptr; }  // of the model's requests; null: nobody observes them

  // FailedPrecondition, naming what the model lacks, if it cannot run chains of this kind of kernel; or if it has no
  // states for the chains of these settings to start from.
  virtual absl::Status CheckKernel(const KernelSettings& kernel) const = 0;
  virtual absl::Status CheckStart(const ChainSettings& first) const = 0;

  // What the scheduler's engines take. first: the settings of a request's first chain, scaled units; those of chain i
  // differ in the index, first.chain + i.
  virtual std::shared_ptr<const batching::OpaqueSettings> EngineSettings(const ChainSettings& first) const = 0;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_MODEL_H_
