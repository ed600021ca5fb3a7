#include "server/inference/row_call.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/spec/row_codec.h"
#include "server/inference/missing_rows.h"

namespace ebm::inference {
namespace {

// A row's values in an answer besides one per class: the fields that have one number per row.
constexpr uint64_t kOtherValues = 8;

uint64_t BytesOfAnswer(uint64_t rows, const ModelSpec& spec) {
  return rows * (spec.num_classes() + kOtherValues) * sizeof(float);
}

// Finite inputs can still overflow float32 inside the network.
absl::Status CheckFinite(const RowFigures& figures) {
  for (size_t row = 0; row < figures.log_density.size(); ++row) {
    const bool finite = std::isfinite(figures.log_density[row]) &&
                        (figures.gradient_norm.empty() || std::isfinite(figures.gradient_norm[row]));
    if (finite) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("inputs: row ", row, " has values so large that the model's ln p~ is ", figures.log_density[row],
                     "; ln p~ and its gradient must be finite"));
  }
  return absl::OkStatus();
}

RowFigures FiguresOf(const batching::RowResult& result, const CompletedRows& completed) {
  RowFigures figures = {.logits = result.logits,
                        .log_density = result.log_density,
                        .log_ratio = result.log_ratio,
                        .gradient_norm = result.gradient_norm,
                        .comparable_log_density = result.log_density};
  return completed.first.empty() ? figures : CombineDraws(completed, figures);
}

absl::StatusOr<RowFigures> CheckedFigures(const absl::StatusOr<batching::RowResult>& result,
                                          const CompletedRows& completed) {
  EBM_RETURN_IF_ERROR(result.status());
  RowFigures figures;
  EBM_RETURN_IF_ERROR(Guarded([&] {
    figures = FiguresOf(*result, completed);
    return CheckFinite(figures);
  }));
  return figures;
}

// What make() makes of the figures.
template <typename Answer, typename Make>
absl::StatusOr<Answer> AnswerOf(const absl::StatusOr<RowFigures>& figures, Make make) {
  EBM_RETURN_IF_ERROR(figures.status());
  Answer answer;
  EBM_RETURN_IF_ERROR(Guarded([&] {
    answer = make();
    return absl::OkStatus();
  }));
  return answer;
}

}  // namespace

RowCall::RowCall(std::shared_ptr<Model> model, const CallParts& parts)
    : model_(std::move(model)), parts_(parts), job_(model_->scheduler().NewJobId()) {}

absl::Status RowCall::Classify(const TensorView& inputs, const ClassifyOptions& options, const Caller& caller,
                               Done<Classification> done) {
  EBM_RETURN_IF_ERROR(CheckAbilities(options, model_->info()));
  return Submit(inputs, caller, {}, [this, options, done = std::move(done)](const auto& /*rows*/, const auto& figures) {
    done(AnswerOf<Classification>(figures, [&] { return MakeAnswer(options, model_->info(), *figures); }));
  });
}

absl::Status RowCall::Score(const TensorView& inputs, const ScoreOptions& options, const Caller& caller,
                            Done<Scores> done) {
  EBM_RETURN_IF_ERROR(CheckAbilities(options, model_->info()));
  const Needs needs = {.gradient_norm = options.gradient_norm,
                       .log_ratio = WantsLogRatio(options, model_->info()),
                       .rows = options.normalized_log_density};
  return Submit(inputs, caller, needs, [this, options, done = std::move(done)](const auto& rows, const auto& figures) {
    done(AnswerOf<Scores>(figures, [&] { return MakeAnswer(options, model_->info(), rows, *figures); }));
  });
}

// Replaces rows with missing values by draws.
absl::Status RowCall::Complete(batching::RowTask& task, Kept& kept) {
  const int64_t width = model_->info().spec.dimension();
  const ConstMatrix rows(task.rows.data(), std::ssize(task.rows) / width, width);
  const CompletionCost cost = CostOfCompletion(rows);
  if (cost.rows == rows.rows()) return absl::OkStatus();
  EBM_RETURN_IF_ERROR(CheckCompletion(cost, parts_.limits, "inputs"));
  EBM_ASSIGN_OR_RETURN(
      const batching::MemoryReservation memory,
      model_->scheduler().memory().TryReserve(cost.rows * width * sizeof(float), "the missing values"));
  return Guarded([&] {
    kept.completed = CompleteRows(*model_->base_density(), rows);
    task.rows = std::exchange(kept.completed.rows, {});
    task.wants_log_ratio = true;
    return absl::OkStatus();
  });
}

absl::Status RowCall::Submit(const TensorView& inputs, const Caller& caller, const Needs& needs, Finish finish) {
  const ModelSpec& spec = model_->info().spec;
  batching::MemoryBudget& memory = model_->scheduler().memory();
  // A value takes at least a byte of the message. Held until the scheduler has reserved the task's memory.
  const auto rows = std::min<uint64_t>(inputs.bytes.size() / spec.num_values(), parts_.limits.max_rows);
  const uint64_t most = rows * spec.dimension();
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation decoding, memory.TryReserve(most * sizeof(float), "the rows"));
  batching::RowTask task = {
      .wants_gradient_norm = needs.gradient_norm, .wants_log_ratio = needs.log_ratio, .deadline = caller.deadline};
  const RowsFormat format = {
      .field = "inputs", .max_rows = parts_.limits.max_rows, .missing = MissingValuesOf(model_->info())};
  EBM_ASSIGN_OR_RETURN(task.rows, DecodeRows(inputs, spec, format));

  Kept kept = {.rows = needs.rows ? task.rows : std::vector<float>(), .completed = {}};
  const uint64_t answer = BytesOfAnswer(task.rows.size() / spec.dimension(), spec);
  EBM_RETURN_IF_ERROR(Complete(task, kept));
  const uint64_t rest =
      kept.rows.size() * sizeof(float) + kept.completed.first.size() * (sizeof(int64_t) + sizeof(double));
  EBM_ASSIGN_OR_RETURN(hold_.memory,
                       memory.TryReserve(caller.message_bytes + rest + answer, "the request and its response"));
  hold_.open = parts_.open_calls->Open();
  // The task's rows move to the scheduler.
  task.done = [kept = std::move(kept), finish = std::move(finish)](const absl::StatusOr<batching::RowResult>& result) {
    finish(kept.rows, CheckedFigures(result, kept.completed));
  };
  const absl::Status submitted = model_->scheduler().SubmitRows(job_, std::move(task));
  if (!submitted.ok()) hold_ = {};  // a drain does not wait for what it refuses
  return submitted;
}

}  // namespace ebm::inference
