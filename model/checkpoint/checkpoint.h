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
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/sampler/sampler_settings.h"
#include "model/scoring/calibration.h"
#include "model/scoring/partition_estimate.h"
#include "model/spec/model_spec.h"
#include "model/spec/provenance.h"

namespace ebm {

struct Checkpoint {
  ModelSpec spec;
  SamplerSettings sampler;  // for fields that a request of Sample leaves unset
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

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CHECKPOINT_H_
