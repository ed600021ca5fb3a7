#include "server/inference/row_call.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/energy_model.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/spec/row_codec.h"
#include "server/batching/task_memory.h"
#include "server/inference/call_events.h"
#include "server/inference/missing_rows.h"
#include "server/inference/model_observer.h"

namespace ebm::inference {
namespace {

// A row's values in an answer besides one per class: the fields that have one number per row.
constexpr uint64_t kOtherValues = 8;
// Those that have one number per value.
constexpr uint64_t kExplanationValues = 2;

uint64_t BytesOfAnswer(uint64_t rows, uint64_t hidden_means, const ModelSpec& spec, bool has_explanation) {
  const uint64_t explanation = has_explanation ? kExplanationValues * spec.num_values() : 0;
  return rows * (spec.num_classes() + kOtherValues + hidden_means + explanation) * sizeof(float);
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

RowFigures FiguresOf(batching::RowResult result, const CompletedRows& completed) {
  RowFigures figures = {.logits = std::move(result.logits),
                        .log_density = std::move(result.log_density),
                        .log_ratio = std::move(result.log_ratio),
                        .gradient_norm = std::move(result.gradient_norm),
                        .hidden_means = std::move(result.hidden_means),
                        .comparable_log_density = {}};
  if (!completed.first.empty()) return CombineDraws(completed, figures);
  figures.comparable_log_density = figures.log_density;
  return figures;
}

absl::Status CheckAbilities(const RowQuestions& questions, const ModelInfo& model) {
  for (const ClassifyOptions& options : questions.classify) EBM_RETURN_IF_ERROR(CheckAbilities(options, model));
  return questions.score.has_value() ? CheckAbilities(*questions.score, model) : absl::OkStatus();
}

// max p(y given x) of each row, which Classify has computed unless it was asked for calibrated probabilities only.
std::vector<float> LargestProbabilities(const RowQuestions& questions, const RowAnswers& answers, int64_t classes) {
  std::vector<float> largest;
  for (size_t asked = 0; asked < questions.classify.size() && largest.empty(); ++asked) {
    if (questions.classify[asked].calibrated) continue;
    const Classification& answer = answers.classified[asked];
    largest.reserve(answer.classes.size());
    for (size_t row = 0; row < answer.classes.size(); ++row) {
      largest.push_back(answer.probabilities[row * static_cast<size_t>(classes) + answer.classes[row]]);
    }
  }
  return largest;
}

void Report(const RowQuestions& questions, const RowAnswers& answers, const RowFigures& figures, Model& model) {
  const std::vector<float> largest = LargestProbabilities(questions, answers, model.info().spec.num_classes());
  const Scores& scores = answers.scores;
  const RowsObserved known = {.percentiles = scores.percentiles,
                              .max_softmaxes = scores.max_softmaxes.empty() ? largest : scores.max_softmaxes,
                              .p_values = scores.p_values};
  ReportRows(model.info(), figures, known, model.observer());
}

// Without explanation. rows: those that MakeAnswer of scores needs.
RowAnswers AnswersOf(const RowQuestions& questions, Model& model, std::span<const float> rows,
                     const RowFigures& figures) {
  RowAnswers answers;
  for (const ClassifyOptions& options : questions.classify) {
    answers.classified.push_back(MakeAnswer(options, model.info(), figures));
  }
  if (questions.score.has_value()) answers.scores = MakeAnswer(*questions.score, model.info(), rows, figures);
  Report(questions, answers, figures, model);
  return answers;
}

}  // namespace

struct RowCall::Explaining {
  Explanation explanation;
  RowAnswers answers;
  batching::SteadyTime deadline;
  DoneAll done;
};

RowCall::RowCall(std::shared_ptr<Model> model, const CallParts& parts) : model_(std::move(model)), parts_(parts) {}

absl::Status RowCall::Classify(const TensorView& inputs, const ClassifyOptions& options, const Caller& caller,
                               Done<Classification> done) {
  return Evaluate(inputs, {.classify = {options}}, caller,
                  [done = std::move(done)](absl::StatusOr<RowAnswers> answers) {
                    if (!answers.ok()) return done(answers.status());
                    done(std::move(answers->classified.front()));
                  });
}

absl::Status RowCall::Score(const TensorView& inputs, const ScoreOptions& options, const Caller& caller,
                            Done<Scores> done) {
  return Evaluate(inputs, {.score = options}, caller, [done = std::move(done)](absl::StatusOr<RowAnswers> answers) {
    if (!answers.ok()) return done(answers.status());
    done(std::move(answers->scores));
  });
}

// A call that was accepted may be gone.
absl::Status RowCall::Evaluate(const TensorView& inputs, const RowQuestions& questions, const Caller& caller,
                               DoneAll done) {
  NoteStart(caller);
  const absl::Status submitted = SubmitQuestions(inputs, questions, caller, Noting(std::move(done)));
  if (!submitted.ok()) ReportRefused(submitted, model_->observer());
  return submitted;
}

void RowCall::NoteStart(const Caller& caller) {
  started_ = parts_.clock->Now();
  if (caller.work == nullptr) return;
  work_ = caller.work;
  work_->model = model_->info().name;
  work_->version = model_->info().version;
}

RowCall::DoneAll RowCall::Noting(DoneAll done) {
  return [this, done = std::move(done)](absl::StatusOr<RowAnswers> answers) {
    NoteEnd(answers.status());
    done(std::move(answers));
  };
}

void RowCall::NoteEnd(const absl::Status& status) {
  const absl::Duration total = parts_.clock->Now() - started_;
  if (!work_->queued.has_value()) work_->queued = total;
  work_->computed = total - *work_->queued;
  if (!status.ok()) ReportBroken(status, model_->observer());
}

absl::Status RowCall::SubmitQuestions(const TensorView& inputs, const RowQuestions& questions, const Caller& caller,
                                      DoneAll done) {
  EBM_RETURN_IF_ERROR(CheckAbilities(questions, model_->info()));
  const ScoreOptions options = questions.score.value_or(ScoreOptions());
  const Needs needs = {.gradient_norm = options.gradient_norm,
                       .log_ratio = WantsLogRatio(options, model_->info()),
                       .hidden_means = options.hidden_means,
                       .rows = options.normalized_log_density,
                       .explanation = options.explanation};
  auto finish = [this, questions, needs, deadline = caller.deadline, done = std::move(done)](Kept& kept, auto result) {
    std::vector<float> evaluated;  // ln p~ of the rows as they were evaluated
    if (needs.explanation && result.ok()) evaluated = result->log_density;
    absl::StatusOr<RowAnswers> answers = Answer(questions, kept, std::move(result));
    if (!needs.explanation || !answers.ok()) return done(std::move(answers));
    std::shared_ptr<Explaining> work;
    const absl::Status begun = Guarded([&] {
      work = std::make_shared<Explaining>(
          Explaining{.explanation = {model_->info().spec, RowsToExplain(kept, std::move(evaluated))},
                     .answers = *std::move(answers),
                     .deadline = deadline,
                     .done = done});
      return absl::OkStatus();
    });
    begun.ok() ? Explain(work) : done(begun);
  };
  return Submit(inputs, caller, needs, std::move(finish));
}

absl::StatusOr<RowAnswers> RowCall::Answer(const RowQuestions& questions, const Kept& kept,
                                           absl::StatusOr<batching::RowResult> result) const {
  EBM_RETURN_IF_ERROR(result.status());
  RowAnswers answers;
  EBM_RETURN_IF_ERROR(Guarded([&]() -> absl::Status {
    const RowFigures figures = FiguresOf(*std::move(result), kept.completed);
    EBM_RETURN_IF_ERROR(CheckFinite(figures));
    answers = AnswersOf(questions, *model_, kept.rows, figures);
    return absl::OkStatus();
  }));
  return answers;
}

void RowCall::Cancel(const absl::Status& why) {
  const batching::MutexLock lock(&running_->mu);
  if (running_->cancelled.ok()) running_->cancelled = why;
  model_->scheduler().Cancel(running_->job, why);
}

absl::Status RowCall::SubmitTask(batching::RowTask task) {
  const std::shared_ptr<Running> running = running_;
  const batching::MutexLock lock(&running->mu);
  EBM_RETURN_IF_ERROR(running->cancelled);
  running->job = model_->scheduler().NewJobId();
  return model_->scheduler().SubmitRows(running->job, std::move(task));
}

ExplainedRows RowCall::RowsToExplain(Kept& kept, std::vector<float> evaluated) {
  const CompletedRows& completed = kept.completed;
  if (completed.first.empty()) {
    return {.rows = std::move(kept.evaluated), .values = std::move(kept.values), .log_density = std::move(evaluated)};
  }
  ExplainedRows explained = {.rows = {}, .values = std::move(kept.values), .log_density = {}};
  const auto rows = std::ssize(completed.first) - 1;
  const auto width = static_cast<int64_t>(kept.evaluated.size() / evaluated.size());
  explained.rows.reserve(static_cast<size_t>(rows * width));
  explained.log_density.reserve(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const auto draws = std::span(evaluated).subspan(completed.first[i], completed.draws(i));
    const auto best = std::ranges::max_element(draws);
    const auto row = kept.evaluated.begin() + (completed.first[i] + (best - draws.begin())) * width;
    explained.rows.insert(explained.rows.end(), row, row + width);
    explained.log_density.push_back(*best);
  }
  return explained;
}

// A task that is submitted may end, and the call with it, before SubmitTask returns.
void RowCall::Explain(const std::shared_ptr<Explaining>& work) {
  std::vector<float> rows;
  absl::Status status = Guarded([&] {
    rows = work->explanation.NextRows(CandidatesPerTask(model_->info().spec.dimension()));
    if (rows.empty()) work->answers.scores.explanation = std::move(work->explanation).Result();
    return absl::OkStatus();
  });
  if (status.ok() && rows.empty()) return work->done(std::move(work->answers));
  if (status.ok()) {
    status = Guarded([&] {
      return SubmitTask({.rows = std::move(rows),
                         .deadline = work->deadline,
                         .done = [this, work](const absl::StatusOr<batching::RowResult>& result) {
                           if (!result.ok()) return work->done(result.status());
                           work->explanation.Take(result->log_density);
                           Explain(work);
                         }});
    });
  }
  if (!status.ok()) work->done(status);
}

// Replaces rows with missing values by draws. Returns the memory of what the scheduler has not reserved yet.
absl::StatusOr<batching::MemoryReservation> RowCall::Complete(batching::RowTask& task, Kept& kept) {
  const int64_t width = model_->info().spec.dimension();
  const ConstMatrix rows(task.rows.data(), std::ssize(task.rows) / width, width);
  const CompletionCost cost = CostOfCompletion(rows, BaseGaussians(model_->info(), kNoClass));
  if (cost.rows == rows.rows()) return batching::MemoryReservation();
  EBM_RETURN_IF_ERROR(CheckCompletion(cost, model_->info().limits, "inputs"));
  const auto bytes = cost.rows * width * sizeof(float) + static_cast<uint64_t>(cost.bytes);
  EBM_ASSIGN_OR_RETURN(batching::MemoryReservation memory,
                       model_->scheduler().memory().TryReserve(bytes, "the missing values"));
  EBM_RETURN_IF_ERROR(Guarded([&] {
    kept.completed = CompleteRows(*model_->base_density(), rows);
    task.rows = std::exchange(kept.completed.rows, {});
    task.wants_log_ratio = true;
    return absl::OkStatus();
  }));
  return memory;
}

absl::Status RowCall::Submit(const TensorView& inputs, const Caller& caller, const Needs& needs, Finish finish) {
  const ModelSpec& spec = model_->info().spec;
  batching::MemoryBudget& memory = model_->scheduler().memory();
  // A value takes at least a byte of the message. Held until the scheduler has reserved the task's memory.
  const auto rows = std::min<uint64_t>(inputs.bytes.size() / spec.num_values(), model_->info().limits.max_rows);
  const uint64_t most = rows * spec.dimension();
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation decoding, memory.TryReserve(most * sizeof(float), "the rows"));
  batching::RowTask task = {.wants_gradient_norm = needs.gradient_norm,
                            .wants_log_ratio = needs.log_ratio,
                            .wants_hidden_means = needs.hidden_means,
                            .deadline = caller.deadline};
  const RowsFormat format = {
      .field = "inputs", .max_rows = model_->info().limits.max_rows, .missing = MissingValuesOf(model_->info())};
  EBM_ASSIGN_OR_RETURN(task.rows, DecodeRows(inputs, spec, format));

  Kept kept = {.rows = needs.rows ? task.rows : std::vector<float>()};
  const int64_t count = std::ssize(task.rows) / spec.dimension();
  work_->rows = count;
  if (needs.explanation) EBM_RETURN_IF_ERROR(CheckExplanation(count, spec, model_->info().limits));
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation completing, Complete(task, kept));
  EBM_ASSIGN_OR_RETURN(hold_.memory, memory.TryReserve(caller.message_bytes + BytesHeld(needs, count, task, kept),
                                                       "the request and its response"));
  if (needs.explanation) {
    kept.values = DataValues(inputs);
    kept.evaluated = task.rows;
  }
  EBM_ASSIGN_OR_RETURN(hold_.open, parts_.open_calls->Open());
  const CallerShare share = {.rows = static_cast<uint64_t>(count),
                             .bytes = hold_.memory.bytes() + batching::BytesHeld(task, model_->scheduler().shape())};
  EBM_ASSIGN_OR_RETURN(hold_.use, TryUse(caller.account.get(), share));
  task.queue_wait = &work_->queued;
  // The task's rows move to the scheduler.
  task.done = [kept = std::move(kept), finish = std::move(finish)](absl::StatusOr<batching::RowResult> result) mutable {
    finish(kept, std::move(result));
  };
  const absl::Status submitted = SubmitTask(std::move(task));
  if (!submitted.ok()) hold_ = {};  // a drain does not wait for what it refuses
  return submitted;
}

// Besides the request's message and its task.
uint64_t RowCall::BytesHeld(const Needs& needs, int64_t rows, const batching::RowTask& task, const Kept& kept) const {
  const ModelSpec& spec = model_->info().spec;
  const uint64_t hidden_means = needs.hidden_means ? model_->info().hidden_units : 0;
  uint64_t bytes = BytesOfAnswer(rows, hidden_means, spec, needs.explanation) + kept.rows.size() * sizeof(float) +
                   kept.completed.first.size() * (sizeof(int64_t) + sizeof(double));
  if (needs.explanation) bytes += task.rows.size() * sizeof(float) + BytesOfExplanation(rows, spec);
  return bytes;
}

}  // namespace ebm::inference
