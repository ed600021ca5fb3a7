// The one-file model format: a `.safetensors` file whose metadata says what the tensors mean. FORMAT.md is the
// specification; reader and writer share its constants.
//
// No code inside: opening a checkpoint from a stranger can fail, but it cannot run anything, read past the file, or
// allocate more than the file's size times a small constant.
//
// Errors: InvalidArgument, anything wrong in a file or in what is to be written, with the place, the value and the
// limit; what the operating system says, by absl::ErrnoToStatus (NotFound, PermissionDenied, ...), with the path.
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
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"

namespace ebm {

// What Sample does where a request leaves a field unset. All but the counts are in scaled units.
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
  bool metropolis = false;  // steps are accepted or refused (model/sampler/metropolis_langevin.h)

  friend bool operator==(const SamplerDefaults&, const SamplerDefaults&) = default;
};

// How the model came to be: enough to make it again.
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

// ln Z of the model, by annealed importance sampling from its base density (model/partition/estimator.h). In nats and
// scaled units: ln p(x) = ln p~(x) - log_z.
struct PartitionEstimate {
  double log_z = 0;                  // in expectation a lower bound
  double standard_error = 0;         // of log_z
  double effective_sample_size = 0;  // of the chains' weights
  double reverse_log_z = 0;          // the same, annealed back: in expectation an upper bound
  int64_t chains = 0;
  int64_t steps = 0;  // of each chain, one way
  uint64_t seed = 0;
  std::string base;                // the model's own (ModelSpec::base), or kUniformBase
  std::optional<float> box_lower;  // where the base is uniform: p~ counts as 0 outside of [lower, upper]^D ...
  std::optional<float> box_upper;  // ... and so must ln p(x)
  double temperature = 1;          // p~ itself; no other is known today

  bool Covers(std::span<const float> x) const;  // whether p(x) may be above 0. x: [D], scaled units

  friend bool operator==(const PartitionEstimate&, const PartitionEstimate&) = default;
};

// The base of a model that stands on none: the uniform density on a box.
inline constexpr char kUniformBase[] = "uniform";

// Quantities that tell data from other rows (model/calibration/outlier_score.h).
inline constexpr char kLogDensityQuantity[] = "log_density";
inline constexpr char kLogRatioQuantity[] = "log_ratio";
inline constexpr char kMaxLogProbabilityQuantity[] = "max_log_probability";

// The weighted sum of standardised quantities by which Score judges rows; all lists are of one length.
struct OutlierScore {
  std::vector<std::string> quantities;
  std::vector<double> weights;
  std::vector<double> means;
  std::vector<double> deviations;

  friend bool operator==(const OutlierScore&, const OutlierScore&) = default;
};

// What was fitted on held-out rows after training.
struct Calibration {
  double class_temperature = 1;  // model/calibration/class_temperature.h
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
  // Outlier scores of rows on which nothing was fitted, rising (model/calibration/conformal.h); some where there is a
  // calibration.
  std::vector<float> calibration_scores;

  std::vector<NamedTensor> tensors;  // the network's, by stable names

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path);

// Writes a temporary file beside `path`, syncs it, renames it: a reader sees the old or the new file, never a part.
absl::Status WriteCheckpoint(const Checkpoint& checkpoint, const std::string& path);

// The bytes that the two above read and write; the seam for fuzzing.
// ParseCheckpoint(SerializeCheckpoint(c)) is c; both keep the order of tensors. REQUIRES for serialising: what
// WriteCheckpoint accepts.
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& bytes);
std::string SerializeCheckpoint(const Checkpoint& checkpoint);

// Of 100, how many validation rows have a lower ln p~: linear between the stored quantiles, 0 below the first and 100
// above the last. REQUIRES: quantiles is sorted and has at least two elements.
double PercentileOf(float log_density, const std::vector<float>& quantiles);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CHECKPOINT_H_
