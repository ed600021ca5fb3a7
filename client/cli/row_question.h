// What `classify` and `score` share: they ask one question about many rows.
//
// Rows go to the server in requests of --rows_per_request; answers do not depend on the cut, because a row's numbers
// depend on that row alone. All requests name the model and version that the first answer named.

#ifndef EBM_CLIENT_CLI_ROW_QUESTION_H_
#define EBM_CLIENT_CLI_ROW_QUESTION_H_

#include <cstdint>
#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/connection_flags.h"
#include "client/cli/console.h"
#include "client/cli/input_rows.h"
#include "client/client.h"

namespace ebm::client {

struct RowQuestionFlags {
  ConnectionFlags connection;
  InputFlags input;
  int64_t rows_per_request = 256;
  bool pictures = false;
};

// `flags` must outlive the parse.
void AddRowQuestionFlags(CLI::App& command, RowQuestionFlags& flags);

// A server, one of its models, and rows that fit it.
struct RowQuestion {
  Client client;
  ModelDescription model;
  LabelledData data;

  ModelSelector selector() const { return {model.identity.name, model.identity.version}; }
};

// Errors: of the input (usage) before those of the server.
absl::StatusOr<RowQuestion> PrepareRowQuestion(const RowQuestionFlags& flags);

// Calls ask(first row, rows) for each request, and stops at the first error.
absl::Status ForEachRequest(ConstMatrix rows, int64_t rows_per_request,
                            const std::function<absl::Status(int64_t, ConstMatrix)>& ask);

// Draws the rows with captions, one a row. Usage error where the model's inputs are no pictures.
absl::Status DrawRows(const RowQuestion& question, std::span<const std::string> captions, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_ROW_QUESTION_H_
