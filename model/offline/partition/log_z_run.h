// A run of the estimator on the model in a file: reads it, finds ln Z, writes it into the file and prints a report;
// or a part of such a run, and the end of one from its parts.
//
// Threads: one caller, and the estimator's.

#ifndef EBM_MODEL_OFFLINE_PARTITION_LOG_Z_RUN_H_
#define EBM_MODEL_OFFLINE_PARTITION_LOG_Z_RUN_H_

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/base/uniform_base.h"
#include "model/offline/partition/estimator.h"

namespace ebm {

enum class LogZMethod {
  kAuto,  // kExact where it is cheap (exact_log_z.h), otherwise kAnnealing
  kAnnealing,
  kExact,
  kBounds  // what ln Z lies between (model/offline/bounds/bounds.h)
};

enum class ReportFormat { kTable, kJson };

struct LogZRun {
  std::string checkpoint;
  std::string output;  // may be the same file
  LogZMethod method = LogZMethod::kAuto;
  std::optional<Box> box;  // for a model without a base density; unset: ChooseBase
  PartitionOptions options;
  int draws = 1000;  // of perturb and MAP, for kBounds
  ReportFormat format = ReportFormat::kTable;
};

// Where a run prints.
struct LogZStreams {
  std::ostream* report;
  std::ostream* progress;
  bool progress_is_terminal = false;
};

// kBounds writes the bounds beside the estimate that the checkpoint has or, where ln Z is exact, with it. For a
// checkpoint without an estimate it only prints them; it is an error then if `output` is another file.
//
// Errors: those of ReadCheckpoint, ChooseBase, WeighChainsOn, ExactLogZ and PairwiseModelOf; FailedPrecondition, with
// advice, for a result that is no reliable estimate, or if the file holds another model by now; those of writing.
// Nothing is written then.
absl::Status EstimateLogZ(const LogZRun& run, const LogZStreams& streams, const std::function<bool()>& stop_requested);

// Always by annealing. Writes the weights of the run's chains into the file `weights` (weights_file.h), and nothing
// into the checkpoint. Errors: as above; the weights are written whether or not they alone would be a reliable
// estimate.
absl::Status EstimatePartOfLogZ(const LogZRun& run, const std::string& weights, const LogZStreams& streams,
                                const std::function<bool()>& stop_requested);

// The rest of EstimateLogZ, from the weights in files; run.options and run.box are not used. Errors: as above; those of
// ReadWeights and JoinParts; InvalidArgument for a part of another model, base, box or seed.
absl::Status MergeLogZ(const LogZRun& run, const std::vector<std::string>& parts, const LogZStreams& streams);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_LOG_Z_RUN_H_
