// Reads a command's input rows: a file or a folder of pictures (model/offline/data/reader.h), or rows of the embedded
// digits.
//
// There are two steps. ReadInput needs no server, so a bad file is reported before any call. FitToModel interprets the
// rows once the model's columns are known (model/offline/data/match_columns.h). A picture must have exactly the model's
// shape; a model of [3, h, w] gets its colours, others its gray values. 0 to 255 are mapped to the range of the data,
// or of the channel where channels have columns of their own. Rows are in data units.
//
// Errors are usage errors (command_status.h) that name the file and the row.

#ifndef EBM_CLIENT_CLI_INPUT_ROWS_H_
#define EBM_CLIENT_CLI_INPUT_ROWS_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/offline/data/match_columns.h"
#include "model/offline/data/reader.h"
#include "model/offline/data/stored_data.h"

namespace ebm::client {

// The text of the input flags. At most one is set.
struct InputFlags {
  std::string file = {};
  std::string labels = {};  // file of labels for the rows of `file`
  CsvHeader header = CsvHeader::kAuto;
  std::string digit = {};   // ROW
  std::string digits = {};  // FIRST:COUNT

  bool empty() const { return file.empty() && digit.empty() && digits.empty(); }
};

struct RawInput {
  DataSource source;
  std::variant<StoredData, LabelledData> content;
  std::string csv = {};  // the text of a CSV file whose header is not stated: the model's columns tell it better
};

// REQUIRES: !flags.empty().
absl::StatusOr<RawInput> ReadInput(const InputFlags& flags);

// What the model takes of a file.
InputFormat FormatOf(const ModelDescription& model);

// Returns rows of shape [n, C].
absl::StatusOr<LabelledData> FitToModel(RawInput input, const ModelDescription& model, LabelUse use);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_INPUT_ROWS_H_
