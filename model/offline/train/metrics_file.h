// The run's figures as CSV, a header and one line per epoch: for plots and spreadsheets.

#ifndef EBM_MODEL_OFFLINE_TRAIN_METRICS_FILE_H_
#define EBM_MODEL_OFFLINE_TRAIN_METRICS_FILE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_curves.h"

namespace ebm {

// Every figure of an epoch by name, in the order of the columns; also the names of TensorBoard's scalars.
std::vector<std::pair<std::string, double>> NamedMetrics(const EpochMetrics& metrics);

class MetricsFile {
 public:
  // Starts a new file, keeping the lines of the first `epochs_to_keep` epochs (for a run that is resumed).
  static absl::Status Start(const std::string& path, int64_t epochs_to_keep);

  static absl::Status Append(const std::string& path, const EpochMetrics& metrics);

  // The losses in the file; NaN for a value that cannot be read.
  static LossHistory ReadLosses(const std::string& path);
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_METRICS_FILE_H_
