// The output of an estimate of ln Z: a progress bar with the time left while it runs, and a table or one line of JSON
// at its end.

#ifndef EBM_MODEL_OFFLINE_PARTITION_ESTIMATE_REPORT_H_
#define EBM_MODEL_OFFLINE_PARTITION_ESTIMATE_REPORT_H_

#include <chrono>
#include <ostream>
#include <string>

#include "model/offline/partition/chain_weights.h"
#include "model/offline/partition/progress_meter.h"
#include "model/scoring/partition_estimate.h"

namespace ebm {

// On a terminal, one line that is redrawn in place; elsewhere, one line per line_interval. Threads: one at a time.
class EstimateProgress {
 public:
  // out is borrowed.
  EstimateProgress(std::ostream* out, bool terminal, std::chrono::milliseconds line_interval = std::chrono::seconds(30))
      : out_(*out), terminal_(terminal), line_interval_(line_interval), last_draw_(std::chrono::steady_clock::now()) {}

  void Draw(AnnealingStage stage, double fraction);
  void Clear();

 private:
  std::ostream& out_;
  const bool terminal_;
  const std::chrono::milliseconds line_interval_;
  std::chrono::steady_clock::time_point last_draw_;
  std::chrono::steady_clock::time_point annealing_began_;
  bool annealing_ = false;
  bool drawn_ = false;
};

// The result and what it means, as a table. output: the file that the estimate was written to; empty for none.
std::string EstimateTable(const PartitionResult& result, const PartitionEstimate& record, const std::string& output);

// The same as one JSON object on one line.
std::string EstimateJson(const PartitionResult& result, const PartitionEstimate& record, const std::string& output);

// The same for a Z that was found exactly.
std::string ExactTable(const PartitionEstimate& record, const std::string& output);
std::string ExactJson(const PartitionEstimate& record, const std::string& output);

// The same for a part of an estimate: which chains it has, and its own figures. file: what their weights were written
// to.
std::string PartTable(const ChainWeights& part, const std::string& file);
std::string PartJson(const ChainWeights& part, const std::string& file);

// One line: what to try if there is no estimate.
std::string Advice(const PartitionResult& result);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_ESTIMATE_REPORT_H_
