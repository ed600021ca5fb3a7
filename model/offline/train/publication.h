// Publishes a trained model into a repository (model/repository/publish.h), unless it is worse than the one that is
// served there.
//
// Worse: its error on validation rows is greater than the served model's by more than chance explains,
//
//   e - e_served > 1.645 sqrt(e (1 - e) / n + e_served (1 - e_served) / n_served)
//
// a one-sided test at 5 % for two independent sets of rows; for the same rows it refuses less. Two models are compared
// only if they were trained on the same data, and validated on rows of it or of the same file. Log densities are known
// up to a constant only, so that models of one class are never compared.
//
// Errors: FailedPrecondition, a model that is worse, with both figures; those of ReadCheckpoint and PublishVersion.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_PUBLICATION_H_
#define EBM_MODEL_OFFLINE_TRAIN_PUBLICATION_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"

namespace ebm {

// Settings of a checkpoint's provenance: the number of validation rows, and the digest of their file if they were not
// held out of the training data.
inline constexpr char kValidationRows[] = "validation_rows";
inline constexpr char kValidationData[] = "validation_data_sha256";

enum class WhenWorse { kRefuse, kPublish };

struct Publication {
  std::string folder;  // DIR/NAME; empty: the model is not published
  std::optional<int64_t> keep_versions;
  WhenWorse when_worse = WhenWorse::kRefuse;
};

// The checkpoint that a run is to write: `output`, or, if that is empty, FOLDER/.training/model.safetensors, whose
// folders are created. InvalidArgument if there is neither, or if no model can have that folder.
absl::StatusOr<std::string> PrepareOutput(const Publication& publication, const std::string& output);

enum class Verdict { kNotWorse, kWorse, kUnknown };

struct Comparison {
  Verdict verdict = Verdict::kUnknown;
  std::string text;  // both figures, or why there is no verdict
};

Comparison CompareWithServed(const Checkpoint& candidate, const Checkpoint& served);

// Publishes the checkpoint, then removes old versions, and says what it did. Removes the training folder if the
// checkpoint is in it.
absl::Status Publish(const Publication& publication, const std::string& checkpoint, std::ostream& log);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_PUBLICATION_H_
