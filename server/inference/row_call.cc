#include "server/inference/row_call.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"

namespace ebm::inference {
namespace {

// A row's values in an answer besides one per class: the fields that have one number per row.
constexpr uint64_t kOtherValues = 8;

uint64_t BytesOfAnswer(uint64_t rows, const ModelSpec& spec) {
  return rows * (spec.num_classes() + kOtherValues) * sizeof(float);
}

// Finite inputs can still overflow float32 inside the network.
absl::Status CheckFinite(const batching::RowResult& result) {
  for (size_t row = 0; row < result.log_density.size(); ++row) {
    const bool finite = std::isfinite(result.log_density[row]) &&
                        (result.gradient_norm.empty() || std::isfinite(result.gradient_norm[row]));
    if (finite) continue;
    return absl::InvalidArgumentError(absl::StrCat("inputs: row ", row,
                                                   " has values so large that the model's ln p~ is ",
                                                   result.log_density[row], "; ln p~ and its gradient must be finite"));
  }
  return absl::OkStatus();
}

// What make() makes of a result.
template <typename Answer, typename Make>
absl::StatusOr<Answer> AnswerOf(const absl::StatusOr<batching::RowResult>& result, Make make) {
  EBM_RETURN_IF_ERROR(result.status());
  EBM_RETURN_IF_ERROR(CheckFinite(*result));
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
  return Submit(inputs, caller, {}, [this, options, done = std::move(done)](const auto& /*rows*/, const auto& result) {
    done(AnswerOf<Classification>(result, [&] { return MakeAnswer(options, model_->info(), *result); }));
  });
}

absl::Status RowCall::Score(const TensorView& inputs, const ScoreOptions& options, const Caller& caller,
                            Done<Scores> done) {
  EBM_RETURN_IF_ERROR(CheckAbilities(options, model_->info()));
  const Needs needs = {.gradient_norm = options.gradient_norm,
                       .log_ratio = WantsLogRatio(options, model_->info()),
                       .rows = options.normalized_log_density};
  return Submit(inputs, caller, needs, [this, options, done = std::move(done)](const auto& rows, const auto& result) {
    done(AnswerOf<Scores>(result, [&] { return MakeAnswer(options, model_->info(), rows, *result); }));
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
  EBM_ASSIGN_OR_RETURN(task.rows, DecodeRows(inputs, spec, parts_.limits.max_rows, "inputs"));

  const uint64_t kept = needs.rows ? task.rows.size() * sizeof(float) : 0;
  const uint64_t answer = BytesOfAnswer(task.rows.size() / spec.dimension(), spec);
  EBM_ASSIGN_OR_RETURN(hold_.memory,
                       memory.TryReserve(caller.message_bytes + kept + answer, "the request and its response"));
  hold_.open = parts_.open_calls->Open();
  // The task's rows move to the scheduler.
  task.done = [rows = needs.rows ? task.rows : std::vector<float>(),
               finish = std::move(finish)](const absl::StatusOr<batching::RowResult>& result) { finish(rows, result); };
  const absl::Status submitted = model_->scheduler().SubmitRows(job_, std::move(task));
  if (!submitted.ok()) hold_ = {};  // a drain does not wait for what it refuses
  return submitted;
}

}  // namespace ebm::inference
