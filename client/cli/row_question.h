// The code that `classify` and `score` share: both send many rows to the server and get one answer per row.
//
// Rows are sent in requests of at most --rows_per_request rows and kMostRequestBytes, and fewer if they have many
// missing values (gap_cost.h). The answers do not depend on that
// number, since each depends on its row only. All requests name the model and version that GetModel returned, so a
// model that is replaced meanwhile cannot mix the answers.

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

// A connection to a server, one of its models, and rows that fit the model.
struct RowQuestion {
  Client client;
  ModelDescription model;
  LabelledData data;

  ModelSelector selector() const { return {model.identity.name, model.identity.version}; }
};

// Errors of the input (usage errors) are reported before any call to the server.
absl::StatusOr<RowQuestion> PrepareRowQuestion(const RowQuestionFlags& flags, LabelUse use);

// Below the default limit of servers and of gRPC, also for rows of many values.
inline constexpr int64_t kMostRequestBytes = 3 << 20;
// At most `rows_per_request`, and fewer if these would have more bytes; at least 1.
int64_t MostRowsPerRequest(int64_t values_per_row, int64_t rows_per_request);

// The server counts the rows of the request. Returns the error with the row's number in the whole input.
absl::Status InRowsOfInput(const absl::Status& status, int64_t first);

// Calls ask(first row, rows) for each request, and stops at the first error. An error that names a row of its request
// is returned with the row's number in the whole input.
absl::Status ForEachRequest(const RowQuestion& question, int64_t rows_per_request,
                            const std::function<absl::Status(int64_t, ConstMatrix)>& ask);

// Draws the first rows, one per caption, as pictures. Usage error if the model's inputs are not pictures.
absl::Status DrawRows(const RowQuestion& question, std::span<const std::string> captions, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_ROW_QUESTION_H_
