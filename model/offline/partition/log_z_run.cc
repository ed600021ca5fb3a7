#include "model/offline/partition/log_z_run.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/refresh.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/io/output_file.h"
#include "model/offline/partition/checkpoint_estimate.h"
#include "model/offline/partition/estimate_report.h"

namespace ebm {
namespace {

absl::StatusOr<PartitionResult> Estimate(const LogZRun& run, const Checkpoint& checkpoint, const EstimateBase& base,
                                         const LogZStreams& streams, const std::function<bool()>& stop_requested) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model, MakeEnergyModel(checkpoint.spec, checkpoint.tensors));
  EstimateProgress progress(streams.progress, streams.progress_is_terminal);
  const AnnealingCallbacks callbacks{
      .progress = [&](AnnealingStage stage, double fraction) { progress.Draw(stage, fraction); },
      .stop_requested = stop_requested};
  absl::StatusOr<PartitionResult> result = EstimateOn(base, *model, run.options, callbacks);
  progress.Clear();
  return result;
}

absl::Status WithMore(const absl::Status& status, const std::string& more) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(absl::StrCat(status.message(), more));
}

absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  return WithMore(status, absl::StrCat("\n", advice));
}

absl::Status Claim(const PartitionResult& result) { return WithAdvice(CheckClaim(result, {}), Advice(result)); }

// A file whose model was replaced meanwhile stays as it is.
absl::Status Refresh(const LogZRun& run, const PartitionResult& result, Checkpoint& checkpoint) {
  if (run.output != run.checkpoint) return absl::OkStatus();
  const std::string estimate =
      absl::StrFormat("; the estimate for the model that was read is ln Z = %.4f, standard error %.4f",
                      result.forward.log_mean, result.standard_error());
  return WithMore(RefreshUnlessRetrained(run.output, checkpoint), estimate);
}

}  // namespace

absl::Status EstimateLogZ(const LogZRun& run, const LogZStreams& streams, const std::function<bool()>& stop_requested) {
  EBM_RETURN_IF_ERROR(CheckReplaceable(run.output));
  EBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, ReadCheckpoint(run.checkpoint));
  EBM_ASSIGN_OR_RETURN(const EstimateBase base, ChooseBase(checkpoint, run.box));
  const absl::StatusOr<PartitionResult> estimate = Estimate(run, checkpoint, base, streams, stop_requested);
  if (!estimate.ok()) return WithAdvice(estimate.status(), "try a model with a base density, or another --box");
  const PartitionResult& result = *estimate;
  EBM_RETURN_IF_ERROR(Claim(result));
  EBM_RETURN_IF_ERROR(Refresh(run, result, checkpoint));
  checkpoint.partition = RecordOf(result, base, run.options.seed);
  const absl::Status written = WriteCheckpoint(checkpoint, run.output);
  const std::string where = written.ok() ? run.output : "";
  *streams.report << (run.format == ReportFormat::kJson ? EstimateJson(result, *checkpoint.partition, where)
                                                        : EstimateTable(result, *checkpoint.partition, where));
  if (written.ok()) return written;
  return absl::Status(written.code(), absl::StrCat(written.message(),
                                                   "; the estimate is printed but not stored: --output=FILE and the "
                                                   "same seed store it in another file"));
}

}  // namespace ebm
