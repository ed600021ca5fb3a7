// The outputs that rows can have: names, types, units, what each needs of the model, and where its elements are in the
// core's answers. One table, in outputs.cc.
//
// Threads: immutable; free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_OUTPUTS_H_
#define EBM_SERVER_RPC_OIP_OUTPUTS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/inference/model.h"
#include "server/inference/row_answers.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// How many elements an output has for a row.
enum class RowWidth { kOne, kClasses, kValues, kHiddenUnits };

struct RowOutput {
  absl::string_view name;
  absl::string_view datatype;  // "FP32" or "INT32"
  RowWidth width;
  enum class Default { kYes, kNo } is_default;  // whether requests that name no outputs get it
  absl::string_view meaning;                    // with the unit
  bool (*has)(const inference::ModelInfo& model);
  void (*ask)(inference::RowQuestions& questions);
  std::string (*bytes)(const inference::RowAnswers& answers);
};

// Those that the model has.
std::vector<const RowOutput*> OutputsOf(const inference::ModelInfo& model);

// Those that a request names, or the default ones. InvalidArgument for a name that no model has; FailedPrecondition for
// one that this model does not have.
absl::StatusOr<std::vector<const RowOutput*>> RequestedOutputs(const wire::ModelInferRequest& request,
                                                               const inference::ModelInfo& model);

// What to ask about rows for these outputs.
inference::RowQuestions QuestionsFor(std::span<const RowOutput* const> outputs);

// The shape of an output: [rows], or [rows, K], [rows, C] or [rows, H]. rows: -1 for any number.
std::vector<int64_t> ShapeOf(const RowOutput& output, const inference::ModelInfo& model, int64_t rows);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_OUTPUTS_H_
