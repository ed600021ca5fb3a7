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
#include "model/io/file_bytes.h"
#include "model/io/output_file.h"
#include "model/offline/bounds/bounds.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/partition/bounds_report.h"
#include "model/offline/partition/checkpoint_estimate.h"
#include "model/offline/partition/estimate_report.h"
#include "model/offline/partition/exact_log_z.h"
#include "model/offline/partition/weights_file.h"

namespace ebm {
namespace {

// The plan for finding ln Z exactly; none where it is to be estimated.
absl::StatusOr<std::optional<ExactPlan>> PlanIfExact(LogZMethod method, const ModelSpec& spec,
                                                     const std::function<bool()>& stop_requested) {
  if (method != LogZMethod::kExact && method != LogZMethod::kAuto) return std::nullopt;
  EBM_ASSIGN_OR_RETURN(ExactPlan plan, PlanExactLogZ(spec, stop_requested));
  if (method == LogZMethod::kAuto && !(plan.work() <= kCheapExactWork)) return std::nullopt;
  return plan;
}

absl::Status WithMore(const absl::Status& status, const std::string& more) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(absl::StrCat(status.message(), more));
}

absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  return WithMore(status, absl::StrCat("\n", advice));
}

// The progress is borrowed.
AnnealingCallbacks CallbacksOf(EstimateProgress& progress, const std::function<bool()>& stop_requested) {
  return {.progress = [&progress](AnnealingStage stage, double fraction) { progress.Draw(stage, fraction); },
          .stop_requested = stop_requested};
}

absl::StatusOr<ChainWeights> Weigh(const LogZRun& run, const Checkpoint& checkpoint, const EstimateBase& base,
                                   const LogZStreams& streams, const std::function<bool()>& stop_requested) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model, MakeEnergyModel(checkpoint.spec, checkpoint.tensors));
  EstimateProgress progress(streams.progress, streams.progress_is_terminal);
  const AnnealingCallbacks callbacks = CallbacksOf(progress, stop_requested);
  absl::StatusOr<ChainWeights> weights = WeighChainsOn(base, *model, run.options, callbacks);
  progress.Clear();
  if (!weights.ok()) return WithAdvice(weights.status(), "try a model with a base density, or another --box");
  return weights;
}

absl::Status Claim(const PartitionResult& result) { return WithAdvice(CheckClaim(result, {}), Advice(result)); }

// A file whose model was replaced meanwhile stays as it is.
absl::Status Refresh(const LogZRun& run, const PartitionEstimate& record, Checkpoint& checkpoint) {
  if (run.output != run.checkpoint) return absl::OkStatus();
  const std::string estimate = absl::StrFormat("; for the model that was read, ln Z = %.4f, standard error %.4f",
                                               record.log_z, record.standard_error);
  return WithMore(RefreshUnlessRetrained(run.output, checkpoint), estimate);
}

// Writes the record into the checkpoint. report: from the file that has the record, empty for none.
absl::Status Store(const LogZRun& run, const PartitionEstimate& record, Checkpoint& checkpoint,
                   const LogZStreams& streams, const std::function<std::string(const std::string&)>& report) {
  EBM_RETURN_IF_ERROR(Refresh(run, record, checkpoint));
  checkpoint.partition = record;
  const absl::Status written = WriteCheckpoint(checkpoint, run.output);
  *streams.report << report(written.ok() ? run.output : "");
  if (written.ok()) return written;
  return absl::Status(written.code(), absl::StrCat(written.message(),
                                                   "; the result is printed but not stored: --output=FILE and the "
                                                   "same seed store it in another file"));
}

absl::Status Finish(const LogZRun& run, const EstimateSource& source, const PartitionResult& result,
                    Checkpoint& checkpoint, const LogZStreams& streams) {
  EBM_RETURN_IF_ERROR(Claim(result));
  const PartitionEstimate record = RecordOf(result, source.base, source.seed);
  return Store(run, record, checkpoint, streams, [&](const std::string& where) {
    return run.format == ReportFormat::kJson ? EstimateJson(result, record, where)
                                             : EstimateTable(result, record, where);
  });
}

absl::Status SumExactly(const LogZRun& run, const ExactPlan& plan, Checkpoint& checkpoint, const LogZStreams& streams,
                        const std::function<bool()>& stop_requested) {
  EstimateProgress progress(streams.progress, streams.progress_is_terminal);
  const AnnealingCallbacks callbacks = CallbacksOf(progress, stop_requested);
  const absl::StatusOr<double> log_z =
      ExactLogZ(plan, checkpoint.spec, checkpoint.tensors, run.options.threads, callbacks);
  progress.Clear();
  if (!log_z.ok()) return log_z.status();
  const PartitionEstimate record = {
      .method = PartitionMethod::kExact, .log_z = *log_z, .reverse_log_z = *log_z, .base = checkpoint.spec.base};
  return Store(run, record, checkpoint, streams, [&](const std::string& where) {
    return run.format == ReportFormat::kJson ? ExactJson(record, where) : ExactTable(record, where);
  });
}

// The estimate that the bounds are stored with: ln Z itself if it is among them, otherwise what the checkpoint has.
std::optional<PartitionEstimate> EstimateBeside(const Bounds& bounds, const Checkpoint& checkpoint) {
  const Bound* const exact = bounds.Best(BoundKind::kExact);
  if (exact == nullptr) return checkpoint.partition;
  return PartitionEstimate{.method = PartitionMethod::kExact,
                           .log_z = *exact->value,
                           .reverse_log_z = *exact->value,
                           .base = checkpoint.spec.base};
}

// In place of earlier ones.
void SetBounds(const Bounds& bounds, PartitionEstimate& record) {
  record.lower_bound.reset();
  record.upper_bound.reset();
  record.lower_method.clear();
  record.upper_method.clear();
  if (const Bound* const lower = bounds.Best(BoundKind::kLower)) {
    record.lower_bound = *lower->value;
    record.lower_method = lower->method;
  }
  if (const Bound* const upper = bounds.Best(BoundKind::kUpper)) {
    record.upper_bound = *upper->value;
    record.upper_method = upper->method;
  }
}

absl::Status FindBounds(const LogZRun& run, Checkpoint& checkpoint, const LogZStreams& streams,
                        const std::function<bool()>& stop_requested) {
  EBM_ASSIGN_OR_RETURN(const PairwiseModel model, PairwiseModelOf(checkpoint.spec, checkpoint.tensors));
  EBM_ASSIGN_OR_RETURN(const Bounds bounds, ComputeBounds(model, {.draws = run.draws,
                                                                  .seed = run.options.seed,
                                                                  .threads = run.options.threads,
                                                                  .stop_requested = stop_requested}));
  std::optional<PartitionEstimate> record = EstimateBeside(bounds, checkpoint);
  const auto report = [&](const std::string& where) {
    return run.format == ReportFormat::kJson ? BoundsJson(bounds, record, where) : BoundsTable(bounds, record, where);
  };
  if (!record.has_value()) {
    *streams.report << report("");
    if (run.output == run.checkpoint) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        run.output,
        ": not written: the model has no estimate of ln Z to store the bounds with; --method=ais finds one"));
  }
  SetBounds(bounds, *record);
  return Store(run, *record, checkpoint, streams, report);
}

absl::Status CheckSource(const EstimateSource& source, const std::string& model_sha256, const EstimateSource& first) {
  if (source.model_sha256 != model_sha256) return absl::InvalidArgumentError("is of another model than the checkpoint");
  if (source == first) return absl::OkStatus();
  return absl::InvalidArgumentError("was run with another --seed or --box than the first file");
}

absl::StatusOr<EstimatePart> ReadParts(const std::vector<std::string>& parts, const std::string& model_sha256) {
  std::optional<EstimateSource> first;
  std::vector<ChainWeights> weights;
  for (const std::string& path : parts) {
    EBM_ASSIGN_OR_RETURN(EstimatePart part, ReadWeights(path));
    if (!first) first = part.source;
    if (const absl::Status same = CheckSource(part.source, model_sha256, *first); !same.ok()) {
      return WithSource(path, same);
    }
    weights.push_back(std::move(part.weights));
  }
  EBM_ASSIGN_OR_RETURN(ChainWeights joined, JoinParts(std::move(weights)));
  return EstimatePart{.source = *first, .weights = std::move(joined)};
}

}  // namespace

absl::Status EstimateLogZ(const LogZRun& run, const LogZStreams& streams, const std::function<bool()>& stop_requested) {
  EBM_RETURN_IF_ERROR(CheckReplaceable(run.output));
  EBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, ReadCheckpoint(run.checkpoint));
  if (run.method == LogZMethod::kBounds) return FindBounds(run, checkpoint, streams, stop_requested);
  EBM_ASSIGN_OR_RETURN(const std::optional<ExactPlan> exact, PlanIfExact(run.method, checkpoint.spec, stop_requested));
  if (exact.has_value()) return SumExactly(run, *exact, checkpoint, streams, stop_requested);
  EBM_ASSIGN_OR_RETURN(const EstimateBase base, ChooseBase(checkpoint, run.box));
  EBM_ASSIGN_OR_RETURN(const ChainWeights weights, Weigh(run, checkpoint, base, streams, stop_requested));
  return Finish(run, {.base = base, .seed = run.options.seed}, ResultOf(weights), checkpoint, streams);
}

absl::Status EstimatePartOfLogZ(const LogZRun& run, const std::string& weights, const LogZStreams& streams,
                                const std::function<bool()>& stop_requested) {
  EBM_RETURN_IF_ERROR(CheckApart({run.checkpoint}, {weights}));
  EBM_RETURN_IF_ERROR(CheckReplaceable(weights));
  EBM_ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadCheckpoint(run.checkpoint));
  EBM_ASSIGN_OR_RETURN(const EstimateBase base, ChooseBase(checkpoint, run.box));
  EstimatePart part{.source = {ModelDigest(checkpoint), base, run.options.seed}};
  EBM_ASSIGN_OR_RETURN(part.weights, Weigh(run, checkpoint, base, streams, stop_requested));
  EBM_RETURN_IF_ERROR(WriteWeights(part, weights));
  *streams.report << (run.format == ReportFormat::kJson ? PartJson(part.weights, weights)
                                                        : PartTable(part.weights, weights));
  return absl::OkStatus();
}

absl::Status MergeLogZ(const LogZRun& run, const std::vector<std::string>& parts, const LogZStreams& streams) {
  EBM_RETURN_IF_ERROR(CheckApart(parts, {run.output}));
  EBM_RETURN_IF_ERROR(CheckReplaceable(run.output));
  EBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, ReadCheckpoint(run.checkpoint));
  EBM_ASSIGN_OR_RETURN(const EstimatePart whole, ReadParts(parts, ModelDigest(checkpoint)));
  return Finish(run, whole.source, ResultOf(whole.weights), checkpoint, streams);
}

}  // namespace ebm
