// The bounds of ln Z as a table, each with its place on a line from the least to the greatest, or as one line of JSON.

#ifndef EBM_MODEL_OFFLINE_PARTITION_BOUNDS_REPORT_H_
#define EBM_MODEL_OFFLINE_PARTITION_BOUNDS_REPORT_H_

#include <optional>
#include <string>

#include "model/offline/bounds/bounds.h"
#include "model/scoring/partition_estimate.h"

namespace ebm {

// stored: the estimate that the checkpoint has. output: the file that the bounds were written to; empty for none, since
// there is no estimate that they could stand beside.
std::string BoundsTable(const Bounds& bounds, const std::optional<PartitionEstimate>& stored,
                        const std::string& output);
std::string BoundsJson(const Bounds& bounds, const std::optional<PartitionEstimate>& stored, const std::string& output);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_BOUNDS_REPORT_H_
