#include "client/cli/result_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/file_bytes.h"
#include "model/io/json_fields.h"
#include "model/io/system_file.h"

namespace ebm::client {
namespace {

constexpr size_t kMostRecordFileBytes = 1 << 20;

std::string PartialPath(const std::string& path) { return path + ".partial"; }
std::string ProgressPath(const std::string& path) { return path + ".progress"; }

template <typename Visitor, typename Record>
void VisitRecord(Visitor& visitor, Record& record) {
  visitor.Field("question", record.question);
  visitor.Field("model", record.model);
  visitor.Field("version", record.version);
  visitor.Field("training", record.training);
  visitor.Field("rows", record.place.rows);
  visitor.Field("input_bytes", record.place.bytes);
  visitor.Field("input_sha256", record.place.sha256);
  visitor.Field("output_bytes", record.output_bytes);
}

}  // namespace

absl::StatusOr<std::optional<ResultRecord>> ResultFile::Unfinished(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(ProgressPath(path), error) || !std::filesystem::exists(PartialPath(path), error)) {
    return std::nullopt;
  }
  EBM_ASSIGN_OR_RETURN(const std::string text, ReadFileBytes(ProgressPath(path), kMostRecordFileBytes));
  EBM_ASSIGN_OR_RETURN(JsonFieldReader reader, JsonFieldReader::Parse(text, ProgressPath(path)));
  ResultRecord record;
  VisitRecord(reader, record);
  EBM_RETURN_IF_ERROR(reader.Finish());
  return record;
}

absl::StatusOr<ResultFile> ResultFile::Open(const std::string& path, int flags, uint64_t bytes) {
  const std::string partial = PartialPath(path);
  const int descriptor = open(partial.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (descriptor < 0) return SystemError("open", partial);
  ResultFile file(path, descriptor, bytes);
  if (ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) return SystemError("shorten", partial);
  if (lseek(descriptor, 0, SEEK_END) < 0) return SystemError("seek in", partial);
  return file;
}

absl::StatusOr<ResultFile> ResultFile::Begin(const std::string& path, absl::string_view header) {
  std::remove(ProgressPath(path).c_str());
  EBM_ASSIGN_OR_RETURN(ResultFile file, Open(path, O_CREAT, 0));
  EBM_RETURN_IF_ERROR(file.Append(header));
  return file;
}

absl::StatusOr<ResultFile> ResultFile::Continue(const std::string& path, const ResultRecord& record) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(PartialPath(path), error);
  if (error || size < record.output_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(PartialPath(path), " has fewer bytes than ", record.output_bytes,
                                                   ", which ", ProgressPath(path), " says"));
  }
  return Open(path, 0, record.output_bytes);
}

ResultFile::ResultFile(ResultFile&& other) noexcept
    : path_(other.path_), descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}

ResultFile::~ResultFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status ResultFile::Append(absl::string_view bytes) {
  EBM_RETURN_IF_ERROR(WriteAll(descriptor_, bytes, PartialPath(path_)));
  bytes_ += bytes.size();
  return absl::OkStatus();
}

absl::Status ResultFile::Keep(const ResultRecord& record) {
  if (fdatasync(descriptor_) != 0) return SystemError("sync", PartialPath(path_));
  JsonFieldWriter writer;
  VisitRecord(writer, record);
  return WriteFileAtomically(writer.Dump() + "\n", ProgressPath(path_));
}

absl::Status ResultFile::Finish(absl::string_view header) {
  const std::string partial = PartialPath(path_);
  if (lseek(descriptor_, 0, SEEK_SET) < 0) return SystemError("seek in", partial);
  EBM_RETURN_IF_ERROR(WriteAll(descriptor_, header, partial));
  if (fsync(descriptor_) != 0) return SystemError("sync", partial);
  if (std::rename(partial.c_str(), path_.c_str()) != 0) return SystemError("rename", partial);
  std::remove(ProgressPath(path_).c_str());
  return absl::OkStatus();
}

}  // namespace ebm::client
