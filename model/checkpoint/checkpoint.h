// The one-file model format: a `.safetensors` file whose metadata describes the tensors. FORMAT.md is the
// specification; reader and writer share its constants.
//
// A checkpoint contains no code: opening an untrusted one can fail, but it cannot run anything, read past the file, or
// allocate more than the file's size times a small constant.
//
// Errors: InvalidArgument for anything wrong in a file or in a checkpoint to be written, with the place, the value and
// the limit; the operating system's, by absl::ErrnoToStatus (NotFound, PermissionDenied, ...), with the path.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_CHECKPOINT_CHECKPOINT_H_
#define EBM_MODEL_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"

namespace ebm {

// Sample's settings for fields that a request leaves unset. All but the counts are in scaled units.
struct SamplerDefaults {
  uint32_t steps = 20;
  float step_size = 1.0F;     // alpha
  float noise_scale = 0.01F;  // sigma
  float start_lower = -1.0F;  // chains start uniformly in this box ...
  float start_upper = 1.0F;
  bool start_from_buffer = false;  // ... or from the states in `start_states` ...
  bool start_from_base = false;    // ... or at draws from the base density
  std::optional<float> clamp_lower;
  std::optional<float> clamp_upper;
  bool final_noise_free_step = false;
  bool metropolis = false;  // steps are accepted or rejected (model/sampler/metropolis_langevin.h)

  friend bool operator==(const SamplerDefaults&, const SamplerDefaults&) = default;
};

// How the model was trained: enough to reproduce it.
struct Provenance {
  std::string recipe;
  uint64_t seed = 0;
  int64_t epochs_run = 0;
  int64_t best_epoch = 0;  // counted from 0
  double wall_seconds = 0;
  std::string data_name;
  std::string data_sha256;
  std::string code_version;
  std::string created;                          // RFC 3339, UTC
  std::map<std::string, std::string> settings;  // every setting of the run, by name

  friend bool operator==(const Provenance&, const Provenance&) = default;
};

// ln Z of the model, by annealed importance sampling from its base density (model/offline/partition/estimator.h). In
// nats and scaled units: ln p(x) = ln p~(x) - log_z.
struct PartitionEstimate {
  double log_z = 0;                  // in expectation a lower bound
  double standard_error = 0;         // of log_z
  double effective_sample_size = 0;  // of the chains' weights
  double reverse_log_z = 0;          // from the reverse run; in expectation an upper bound
  int64_t chains = 0;
  int64_t steps = 0;  // per chain and direction
  uint64_t seed = 0;
  std::string base;                // the model's own (ModelSpec::base), or kUniformBase
  std::optional<float> box_lower;  // if the base is uniform: p~(x) counts as 0, and p(x) is 0,
  std::optional<float> box_upper;  // outside of [lower, upper]^D
  double temperature = 1;          // of the density; 1 is the only value defined so far

  bool Covers(std::span<const float> x) const;  // whether p(x) may be above 0. x: [D], scaled units

  friend bool operator==(const PartitionEstimate&, const PartitionEstimate&) = default;
};

// The base for a model that has none: the uniform density on a box.
inline constexpr char kUniformBase[] = "uniform";

// Quantities that distinguish data from outliers (model/scoring/outlier_score.h).
inline constexpr char kLogDensityQuantity[] = "log_density";
inline constexpr char kLogRatioQuantity[] = "log_ratio";
inline constexpr char kMaxLogProbabilityQuantity[] = "max_log_probability";

// The outlier score of Score: a weighted sum of standardised quantities. All lists have the same length.
struct OutlierScore {
  std::vector<std::string> quantities;
  std::vector<double> weights;
  std::vector<double> means;
  std::vector<double> deviations;

  friend bool operator==(const OutlierScore&, const OutlierScore&) = default;
};

// The parameters that were fitted on held-out rows after training.
struct Calibration {
  double class_temperature = 1;  // model/offline/statistics/class_temperature.h
  OutlierScore outlier_score;

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

struct Checkpoint {
  ModelSpec spec;
  SamplerDefaults sampler;
  Provenance provenance;
  std::map<std::string, double> evaluation;  // "validation_error", "test_error", ... as fractions and nats

  // ln p~ of the validation rows at equally spaced ranks: element i of m is the i / (m - 1) quantile. Empty: unknown.
  std::vector<float> log_density_quantiles;

  // Replayed chains to start from, [n, D] in scaled units, and the class each was drawn for. Empty: none.
  std::vector<float> start_states;
  std::vector<int32_t> start_classes;

  std::optional<PartitionEstimate> partition;

  std::optional<Calibration> calibration;
  // Outlier scores, in rising order, of rows on which nothing was fitted (model/scoring/conformal.h). Not empty if
  // there is a calibration.
  std::vector<float> calibration_scores;

  std::vector<NamedTensor> tensors;  // the network's, by stable names

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path);

// Replaces `path` atomically (atomic_file.h).
absl::Status WriteCheckpoint(const Checkpoint& checkpoint, const std::string& path);

// The same for the file's bytes; also used for fuzzing. ParseCheckpoint(SerializeCheckpoint(c)) is c; both keep the
// order of tensors. REQUIRES for serialising: what WriteCheckpoint accepts.
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& bytes);
std::string SerializeCheckpoint(const Checkpoint& checkpoint);

// The percentage of validation rows that have a lower ln p~: linear between the stored quantiles, 0 below the first and
// 100 above the last. REQUIRES: quantiles is sorted and has at least two elements.
double PercentileOf(float log_density, const std::vector<float>& quantiles);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CHECKPOINT_H_
