#include "server/rpc/oip/infer_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/inference/tensor_view.h"
#include "server/rpc/oip/parameters.h"
#include "server/rpc/oip/tensors.h"

namespace ebm::rpc::oip {
namespace {

constexpr absl::string_view kInputs[] = {kRowsInput};

absl::StatusOr<CallSettings> ReadSettings(const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (!IsCallSetting(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameters: there is no ", Quoted(name), " for rows, only timeout and priority"));
    }
  }
  return ReadCallSettings(parameters);
}

}  // namespace

wire::ModelInferResponse ToResponse(const inference::RowAnswers& answers, int64_t rows, const ResponseParts& parts,
                                    const inference::ModelInfo& model) {
  wire::ModelInferResponse response;
  response.set_model_name(model.name);
  response.set_model_version(model.version);
  response.set_id(parts.id);
  for (const RowOutput* output : parts.outputs) {
    AddOutput({.name = output->name, .datatype = output->datatype, .shape = ShapeOf(*output, model, rows)},
              output->bytes(answers), response);
  }
  if (const auto& error = answers.scores.log_z_standard_error) {
    Set(*response.mutable_parameters(), "log_z_standard_error", *error);
  }
  return response;
}

InferCall::InferCall(std::shared_ptr<inference::Model> model, const inference::CallParts& parts,
                     std::shared_ptr<RequestStatistics> statistics)
    : clock_(*parts.clock),
      arrived_(clock_.Now()),
      statistics_(std::move(statistics)),
      rows_(std::move(model), parts) {}

absl::Status InferCall::Start(const wire::ModelInferRequest& request, const inference::Caller& caller, Done done) {
  absl::Status status = Guarded([&] { return Submit(request, caller, std::move(done)); });
  if (!status.ok()) statistics_->Failed(clock_.Now() - arrived_);
  return status;
}

absl::Status InferCall::Submit(const wire::ModelInferRequest& request, inference::Caller caller, Done done) {
  EBM_ASSIGN_OR_RETURN(const CallSettings settings, ReadSettings(request.parameters()));
  EBM_ASSIGN_OR_RETURN(const Inputs inputs, Inputs::Read(request, kInputs));
  const inference::TensorView* const x = inputs.Find(kRowsInput);
  if (x == nullptr) return absl::InvalidArgumentError("inputs: has no x, the rows");
  ResponseParts parts = {.id = request.id(), .outputs = {}};
  EBM_ASSIGN_OR_RETURN(parts.outputs, RequestedOutputs(request, rows_.model().info()));
  caller.deadline = std::min(caller.deadline, arrived_ + settings.timeout);
  if (caller.work != nullptr) work_ = caller.work;
  caller.work = work_;
  const inference::RowQuestions questions = QuestionsFor(parts.outputs);
  const int64_t rows = x->shape.empty() ? 0 : x->shape.front();
  return rows_.Evaluate(*x, questions, caller,
                        [this, rows, parts = std::move(parts), done = std::move(done)](const auto& answers) {
                          done(Respond(answers, rows, parts));
                        });
}

absl::StatusOr<wire::ModelInferResponse> InferCall::Respond(const absl::StatusOr<inference::RowAnswers>& answers,
                                                            int64_t rows, const ResponseParts& parts) {
  const batching::SteadyTime answered = clock_.Now();
  absl::Status status = answers.status();
  wire::ModelInferResponse response;
  if (status.ok()) {
    status = Guarded([&] {
      response = ToResponse(*answers, rows, parts, rows_.model().info());
      return absl::OkStatus();
    });
  }
  const batching::SteadyTime now = clock_.Now();
  if (!status.ok()) {
    statistics_->Failed(now - arrived_);
    return status;
  }
  const absl::Duration queue = work_->queued.value_or(absl::ZeroDuration());
  const absl::Duration computing = work_->computed.value_or(absl::ZeroDuration());
  statistics_->Succeeded(static_cast<uint64_t>(rows), {.total = now - arrived_,
                                                       .queue = queue,
                                                       .input = answered - arrived_ - queue - computing,
                                                       .infer = computing,
                                                       .output = now - answered});
  return response;
}

}  // namespace ebm::rpc::oip
