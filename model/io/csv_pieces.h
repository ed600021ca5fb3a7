// A CSV file in pieces of whole records, for files that are larger than memory. The file must not be compressed.
//
// Errors: the operating system's, with the path; InvalidArgument for a record longer than kMostRecordBytes, and for a
// quote that is not closed. A piece is parsed by ParseCsv, with CsvPieces::options().
//
// Threads: one at a time.

#ifndef EBM_MODEL_IO_CSV_PIECES_H_
#define EBM_MODEL_IO_CSV_PIECES_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/io/csv.h"
#include "model/io/digest.h"

namespace ebm {

class CsvPieces {
 public:
  static constexpr size_t kMostRecordBytes = size_t{64} << 20;

  // Reads the first records, which decide the separator and, if the options leave it open, whether there is a header.
  static absl::StatusOr<CsvPieces> Open(const std::string& path, const CsvOptions& options);

  // The text of the next `records` records, fewer at the end of the file or where they have many bytes; the header, if
  // there is one, is before them. Empty at the end.
  absl::StatusOr<std::string> Next(int64_t records);

  // How pieces are to be parsed.
  const CsvOptions& options() const { return options_; }

  // The bytes and records of the pieces so far, without the header, and the SHA-256 of these bytes of the file.
  uint64_t bytes() const { return bytes_; }
  int64_t records() const { return records_; }
  std::string sha256() const { return digest_.Hex(); }
  uint64_t file_bytes() const { return file_bytes_; }

  // Goes on behind the first `bytes` bytes, which hold `records` records. False, and the state is unspecified, if they
  // have another digest. REQUIRES: no piece was read.
  absl::StatusOr<bool> Skip(uint64_t bytes, int64_t records, const std::string& sha256);

 private:
  CsvPieces(std::ifstream file, std::string path, uint64_t file_bytes, const CsvOptions& options)
      : file_(std::move(file)), path_(std::move(path)), file_bytes_(file_bytes), options_(options) {}

  struct Piece {
    size_t bytes = 0;
    int64_t records = 0;
  };

  absl::Status ReadMore();
  absl::Status FindDialect();
  // The whole records at the start of the buffer, at most so many.
  absl::StatusOr<Piece> Find(int64_t records);
  void Take(const Piece& piece);

  std::ifstream file_;
  std::string path_;
  uint64_t file_bytes_ = 0;
  CsvOptions options_;
  char separator_ = ',';
  std::string header_;  // its record; empty: none
  std::string buffer_;  // what was read and is in no piece yet
  bool at_end_ = false;
  uint64_t bytes_ = 0;
  int64_t records_ = 0;
  Sha256 digest_;
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_PIECES_H_
