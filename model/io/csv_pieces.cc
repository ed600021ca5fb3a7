#include "model/io/csv_pieces.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/csv_dialect.h"
#include "model/io/csv_records.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kPieceBytes = size_t{4} << 20;  // a piece ends at the first record behind so many bytes
constexpr int64_t kRecordsForDialect = 101;      // as many as ParseCsv judges
constexpr absl::string_view kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

absl::StatusOr<CsvPieces> CsvPieces::Open(const std::string& path, const CsvOptions& options) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return SystemError("open", path);
  CsvPieces pieces(std::move(file), path, size, options);
  EBM_RETURN_IF_ERROR(pieces.FindDialect());
  return pieces;
}

absl::Status CsvPieces::FindDialect() {
  EBM_RETURN_IF_ERROR(ReadMore());
  if (absl::StartsWith(buffer_, kUtf8Mark)) Take({.bytes = kUtf8Mark.size(), .records = 0});
  separator_ = FindSeparator(buffer_);
  EBM_ASSIGN_OR_RETURN(const Piece first, Find(kRecordsForDialect));
  EBM_ASSIGN_OR_RETURN(const StoredArray array, ParseCsv(buffer_.substr(0, first.bytes), path_, options_));
  const bool has_header =
      options_.header == CsvHeader::kAuto ? array.rows.rows() < first.records : options_.header == CsvHeader::kYes;
  options_.header = has_header ? CsvHeader::kYes : CsvHeader::kNo;
  if (!has_header) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(Piece header, Find(1));
  header_ = buffer_.substr(0, header.bytes);
  header.records = 0;
  Take(header);
  return absl::OkStatus();
}

absl::Status CsvPieces::ReadMore() {
  const size_t before = buffer_.size();
  buffer_.resize(before + kBlockBytes);
  file_.read(buffer_.data() + before, kBlockBytes);
  buffer_.resize(before + static_cast<size_t>(file_.gcount()));
  at_end_ = file_.eof();
  if (file_.bad()) return SystemError("read", path_);
  return absl::OkStatus();
}

absl::StatusOr<CsvPieces::Piece> CsvPieces::Find(int64_t records) {
  while (true) {
    CsvRecords reader(buffer_, separator_, path_);
    Piece piece;
    absl::Status cut;  // why the last record of the buffer is none
    while (piece.records < records && piece.bytes < kPieceBytes) {
      const absl::StatusOr<bool> is_there = reader.Next();
      cut = is_there.status();
      const bool may_go_on = reader.rest().empty() && !at_end_;
      if (!cut.ok() || !*is_there || may_go_on) break;
      piece = {.bytes = buffer_.size() - reader.rest().size(), .records = piece.records + 1};
    }
    if (piece.records == records || piece.bytes >= kPieceBytes) return piece;
    if (at_end_ && !cut.ok()) return cut;
    if (at_end_) return piece;
    if (piece.records == 0 && buffer_.size() > kMostRecordBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": a record is longer than ", kMostRecordBytes, " bytes; is a quote not closed?"));
    }
    EBM_RETURN_IF_ERROR(ReadMore());
  }
}

void CsvPieces::Take(const Piece& piece) {
  digest_.Update(absl::string_view(buffer_).substr(0, piece.bytes));
  buffer_.erase(0, piece.bytes);
  bytes_ += piece.bytes;
  records_ += piece.records;
}

absl::StatusOr<std::string> CsvPieces::Next(int64_t records) {
  EBM_ASSIGN_OR_RETURN(const Piece piece, Find(records));
  if (piece.records == 0) return std::string();
  std::string text = absl::StrCat(header_, absl::string_view(buffer_).substr(0, piece.bytes));
  Take(piece);
  return text;
}

absl::StatusOr<bool> CsvPieces::Skip(uint64_t bytes, int64_t records, const std::string& sha256) {
  if (bytes < bytes_ || bytes > file_bytes_) return false;
  while (bytes_ < bytes) {
    if (buffer_.empty()) EBM_RETURN_IF_ERROR(ReadMore());
    if (buffer_.empty()) return false;
    Take({.bytes = static_cast<size_t>(std::min<uint64_t>(buffer_.size(), bytes - bytes_)), .records = 0});
  }
  records_ = records;
  return digest_.Hex() == sha256;
}

}  // namespace ebm
