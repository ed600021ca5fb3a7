// The rows of an input, part by part, for files that are larger than memory.
//
// A CSV file that is not compressed is read in pieces (model/io/csv_pieces.h). Every other input is read whole
// (input_rows.h), as is CSV for a model with a category whose values are partly numbers, since the other rows of a file
// then decide whether a number is a value or its code. Labels are ignored.
//
// Errors are usage errors (command_status.h). They name rows and lines of the part, and its first row in the file.

#ifndef EBM_CLIENT_CLI_ROW_STREAM_H_
#define EBM_CLIENT_CLI_ROW_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/input_rows.h"
#include "client/model_description.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// How far an input was read: after `rows` rows, in the first `bytes` bytes of its file, whose digest tells whether
// another input begins in the same way.
struct InputPlace {
  int64_t rows = 0;
  uint64_t bytes = 0;
  std::string sha256 = {};
};

class RowStream {
 public:
  virtual ~RowStream() = default;

  // The next rows, [n, C], at most so many; none at the end.
  virtual absl::StatusOr<MatrixBuffer> Next(int64_t most) = 0;

  // Behind the rows so far.
  virtual InputPlace place() const = 0;
  virtual double share_done() const = 0;  // 0 to 1

  // Goes on at a place that an earlier stream had reached. An error if the input has changed before it. REQUIRES: no
  // rows were read.
  virtual absl::Status Skip(const InputPlace& place) = 0;
};

// REQUIRES: !flags.empty().
absl::StatusOr<std::unique_ptr<RowStream>> OpenRows(const InputFlags& flags, const ModelDescription& model);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_ROW_STREAM_H_
