// Answers for a file of many rows, in bounded memory: `classify` and `score` with --output.
//
// The input is read in parts, several requests are in flight, and answers are written in the order of the rows as they
// come. If the run ends early (SIGINT, SIGTERM, a server that is gone, a row that cannot be read), the rows before that
// are kept, and --resume goes on behind them. Since the answer of a row depends on nothing but the row and the model,
// the file is the same, byte by byte, as that of one run. A resumed run must have the same input, question and columns,
// and it names the model's version in its requests; everything is checked.
//
// Errors: usage errors for the input, the output and for a --resume that does not fit; Cancelled at a signal; the
// server's, with rows counted in the input.

#ifndef EBM_CLIENT_CLI_BATCH_RUN_H_
#define EBM_CLIENT_CLI_BATCH_RUN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/result_format.h"
#include "client/cli/row_question.h"
#include "client/client.h"
#include "client/model_description.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

struct BatchFlags {
  std::string output;  // empty: answers are printed
  bool resume = false;
  int64_t in_flight = 4;
};

// `flags` must outlive the parse. Returns the option --output.
CLI::Option* AddBatchFlags(CLI::App& command, BatchFlags& flags);

// What is asked about the rows.
struct BatchQuestion {
  std::string text;                   // with the flags that change the answers: "score", "classify calibrated"
  std::vector<ResultColumn> columns;  // of the answers
  // [n, C] to [n, the sum of the columns' counts]. Called from several threads at a time.
  std::function<absl::StatusOr<MatrixBuffer>(const Client&, const ModelSelector&, ConstMatrix)> ask;
};

// REQUIRES: !batch.output.empty().
absl::Status RunBatch(const RowQuestionFlags& flags, const BatchFlags& batch,
                      const std::function<absl::StatusOr<BatchQuestion>(const ModelDescription&)>& question_for,
                      const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_BATCH_RUN_H_
