// A file of answers that is written while they come, and that a later run can go on with if this one ends early.
//
//   FILE.partial    the answers so far, with more behind the last record perhaps
//   FILE.progress   JSON: the record of what they answer and how far they are, replaced as a whole
//   FILE            appears at the end, by a rename of the first; the second is removed
//
// Errors are the operating system's. Unfinished: InvalidArgument for a record that is damaged.
//
// Threads: one at a time.

#ifndef EBM_CLIENT_CLI_RESULT_FILE_H_
#define EBM_CLIENT_CLI_RESULT_FILE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/row_stream.h"

namespace ebm::client {

struct ResultRecord {
  std::string question;  // what the rows are asked, with the flags that change the answers
  std::string model;
  std::string version;
  std::string training;       // digest of how the model was trained: the same version can be of other weights
  InputPlace place;           // behind the rows that have answers
  uint64_t output_bytes = 0;  // of the partial file that hold these
};

class ResultFile {
 public:
  // The record of an earlier run that ended early; nothing if there is none.
  static absl::StatusOr<std::optional<ResultRecord>> Unfinished(const std::string& path);

  // A new file with this header. What an earlier run left is replaced.
  static absl::StatusOr<ResultFile> Begin(const std::string& path, absl::string_view header);
  // The file that `record` describes, without what is behind it.
  static absl::StatusOr<ResultFile> Continue(const std::string& path, const ResultRecord& record);

  ResultFile(ResultFile&& other) noexcept;
  ResultFile& operator=(ResultFile&&) = delete;
  ~ResultFile();

  absl::Status Append(absl::string_view bytes);
  uint64_t bytes() const { return bytes_; }

  // Makes what was appended and its record safe against the end of the program, and a loss of power.
  absl::Status Keep(const ResultRecord& record);

  // header: as long as the one at the beginning.
  absl::Status Finish(absl::string_view header);

 private:
  ResultFile(std::string path, int descriptor, uint64_t bytes)
      : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes) {}

  static absl::StatusOr<ResultFile> Open(const std::string& path, int flags, uint64_t bytes);

  const std::string path_;
  int descriptor_;  // -1: moved away
  uint64_t bytes_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_RESULT_FILE_H_
