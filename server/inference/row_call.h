// One call about rows, Classify or Score or both, from its checked rows to its answer.
//
// Errors, before the call is accepted: InvalidArgument, rows that do not fit the model; FailedPrecondition, an option
// that needs what the model does not have; those of ChainScheduler::SubmitRows. After: InvalidArgument, rows whose
// ln p~ is not finite; the engine's; what the call was cancelled with.
//
// Threads: Cancel may be called from any thread; a call that is cancelled before it is submitted is refused with that
// status. The object must stay alive until `done` has been called, or submission has failed.
//
// An explanation takes further tasks, one after the other, each submitted when the one before is done. Each can be
// refused with the errors of SubmitRows, which then end the call.

#ifndef EBM_SERVER_INFERENCE_ROW_CALL_H_
#define EBM_SERVER_INFERENCE_ROW_CALL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/scoring/missing_values.h"
#include "server/batching/memory_budget.h"
#include "server/batching/mutex.h"
#include "server/batching/task.h"
#include "server/inference/call.h"
#include "server/inference/call_work.h"
#include "server/inference/classify.h"
#include "server/inference/explanation.h"
#include "server/inference/model.h"
#include "server/inference/row_answers.h"
#include "server/inference/score.h"
#include "server/inference/tensor_view.h"

namespace ebm::inference {

class RowCall {
 public:
  template <typename Answer>
  using Done = std::function<void(const absl::StatusOr<Answer>&)>;

  // Receives the answers of a call with several questions.
  using DoneAll = std::function<void(absl::StatusOr<RowAnswers>)>;

  RowCall(std::shared_ptr<Model> model, const CallParts& parts);
  RowCall(const RowCall&) = delete;
  RowCall& operator=(const RowCall&) = delete;

  // Submits the rows. inputs is read before the method returns. On success, `done` is called exactly once, from a
  // worker, and may destroy this object; on failure it is not called. One of the two, once.
  absl::Status Classify(const TensorView& inputs, const ClassifyOptions& options, const Caller& caller,
                        Done<Classification> done);
  absl::Status Score(const TensorView& inputs, const ScoreOptions& options, const Caller& caller, Done<Scores> done);
  // Both, and with several options.
  absl::Status Evaluate(const TensorView& inputs, const RowQuestions& questions, const Caller& caller, DoneAll done);

  // The caller is gone: the call ends soon, with this status.
  void Cancel(const absl::Status& why);

  const Model& model() const { return *model_; }

 private:
  // What of the rows an answer needs.
  struct Needs {
    bool gradient_norm = false;
    bool log_ratio = false;
    bool hidden_means = false;
    bool rows = false;
    bool explanation = false;
  };
  // What is kept of the rows until they are evaluated.
  struct Kept {
    std::vector<float> rows;  // [n, D], if they are needed
    CompletedRows completed;  // without rows; empty if no row has missing values
    // For an explanation: the rows as given, [n, C], and as evaluated, [m, D].
    std::vector<float> values;
    std::vector<float> evaluated;
  };
  using Finish = std::function<void(Kept& kept, absl::StatusOr<batching::RowResult> result)>;
  // The task that runs, if there is one. Outlives the call, which another thread may destroy once a task is submitted.
  struct Running {
    batching::Mutex mu;
    absl::Status cancelled ABSL_GUARDED_BY(mu);
    batching::JobId job ABSL_GUARDED_BY(mu) = 0;
  };
  struct Explaining;

  // Notes whose call it is.
  void NoteStart(const Caller& caller);
  // `done`, after the call's end has been noted and reported.
  DoneAll Noting(DoneAll done);
  void NoteEnd(const absl::Status& status);

  absl::Status SubmitQuestions(const TensorView& inputs, const RowQuestions& questions, const Caller& caller,
                               DoneAll done);
  absl::StatusOr<RowAnswers> Answer(const RowQuestions& questions, const Kept& kept,
                                    absl::StatusOr<batching::RowResult> result) const;
  absl::StatusOr<batching::MemoryReservation> Complete(batching::RowTask& task, Kept& kept);
  absl::Status Submit(const TensorView& inputs, const Caller& caller, const Needs& needs, Finish finish);
  uint64_t BytesHeld(const Needs& needs, int64_t rows, const batching::RowTask& task, const Kept& kept) const;
  absl::Status SubmitTask(batching::RowTask task);
  // evaluated: ln p~ of the rows as they were evaluated, [m].
  static ExplainedRows RowsToExplain(Kept& kept, std::vector<float> evaluated);
  // Evaluates candidates until all are done, and calls `done`.
  void Explain(const std::shared_ptr<Explaining>& work);

  const std::shared_ptr<Model> model_;
  const CallParts parts_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
  CallHold hold_;  // empty if the call was refused
  CallWork unread_;
  CallWork* work_ = &unread_;  // the caller's, if it wants to know
  batching::SteadyTime started_;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_ROW_CALL_H_
