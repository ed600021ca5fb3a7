// Where a command's rows come from: a file (CSV, NPY, gzip of either, PNG) or rows of the embedded digits.
//
// Reading comes in two steps, because a bad file is told before any server is asked, and what a row means is known only
// once the model is: D values, or D + 1 of which the last is a label. A PNG is one row: its picture must have exactly
// the model's shape, and its gray values 0 to 255 become data_range.minimum to data_range.maximum. Data units.
//
// Errors: all are usage errors (command_status.h), with the file and the row.

#ifndef EBM_CLIENT_CLI_INPUT_ROWS_H_
#define EBM_CLIENT_CLI_INPUT_ROWS_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "model/core/matrix_view.h"
#include "model/data/gray_image.h"
#include "model/data/labelled_data.h"

namespace ebm::client {

// At most one of them is set; the texts are as the user gave them.
struct InputFlags {
  std::string file;
  std::string digit;   // ROW
  std::string digits;  // FIRST:COUNT

  bool empty() const { return file.empty() && digit.empty() && digits.empty(); }
};

struct RawInput {
  std::string source;  // names the rows in errors
  std::variant<MatrixBuffer, GrayImage, LabelledData> content;
};

// REQUIRES: !flags.empty().
absl::StatusOr<RawInput> ReadInput(const InputFlags& flags);

// rows: [n, D].
absl::StatusOr<LabelledData> FitToModel(RawInput input, const ModelDescription& model);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_INPUT_ROWS_H_
