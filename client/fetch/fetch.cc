#include "client/fetch/fetch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stop_token>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/connection_options.h"
#include "client/fetch/http_transfer.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_writer.h"
#include "model/io/output_file.h"
#include "model/io/system_file.h"

namespace ebm::client {
namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kSha256Digits = 64;
constexpr absl::Duration kAskInterval = absl::Milliseconds(100);
// The exponential waits between attempts.
const RetryOptions kWaits = {.first_wait = absl::Milliseconds(500), .longest_wait = absl::Seconds(10)};

using BlockReader = std::function<absl::Status(absl::string_view block)>;

absl::Status Stopped() { return absl::CancelledError("interrupted"); }

// An open regular file, or an error. The descriptor is the caller's.
absl::StatusOr<int> OpenToRead(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return SystemError("read", path);
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError("read", path);
  return file;
}

absl::Status ReadBlocks(const std::string& path, const FetchHooks& hooks, const BlockReader& take) {
  EBM_ASSIGN_OR_RETURN(const int file, OpenToRead(path));
  const absl::Cleanup close_file = [file] { close(file); };
  std::vector<char> block(kBlockBytes);
  while (true) {
    if (hooks.stopped()) return Stopped();
    const ssize_t count = read(file, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("read", path);
    if (count == 0) return absl::OkStatus();
    EBM_RETURN_IF_ERROR(take({block.data(), static_cast<size_t>(count)}));
  }
}

// What the file has, if it has the digest. A file that is missing or cannot be read has not.
absl::StatusOr<std::optional<FetchResult>> KeptFile(const FetchRequest& request, const FetchHooks& hooks) {
  if (request.sha256.empty()) return std::nullopt;
  FetchResult result = {.kept = true};
  Sha256 digest;
  const absl::Status status = ReadBlocks(request.file, hooks, [&](absl::string_view block) {
    digest.Update(block);
    result.bytes += block.size();
    return absl::OkStatus();
  });
  if (absl::IsCancelled(status)) return status;
  result.sha256 = digest.Hex();
  if (!status.ok() || result.sha256 != absl::AsciiStrToLower(request.sha256)) return std::nullopt;
  return result;
}

absl::Status CopyFile(const FetchRequest& request, const FetchHooks& hooks, AtomicWriter& writer) {
  struct stat info {};
  std::optional<uint64_t> total;
  if (stat(request.source.location.c_str(), &info) == 0) total = static_cast<uint64_t>(info.st_size);
  EBM_RETURN_IF_ERROR(CheckSize(total.value_or(0), request.max_bytes));
  return ReadBlocks(request.source.location, hooks, [&](absl::string_view block) {
    EBM_RETURN_IF_ERROR(CheckSize(writer.bytes() + block.size(), request.max_bytes));
    EBM_RETURN_IF_ERROR(writer.Append(block));
    hooks.progress(writer.bytes(), total);
    return absl::OkStatus();
  });
}

// In parts, since a stop is only asked for.
absl::Status WaitFor(absl::Duration time, const FetchHooks& hooks) {
  for (const absl::Duration end = hooks.clock->Now() + time; hooks.clock->Now() < end;) {
    if (hooks.stopped()) return Stopped();
    hooks.clock->Wait(std::min(kAskInterval, end - hooks.clock->Now()), std::stop_token());
  }
  return absl::OkStatus();
}

absl::Status Download(const FetchRequest& request, const FetchHooks& hooks, AtomicWriter& writer) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<HttpTransfer> transfer, HttpTransfer::Create(request, hooks, writer));
  for (int retry = 0;; ++retry) {
    const Attempt attempt = transfer->Try();
    if (attempt.status.ok() || !attempt.may_be_repeated) return attempt.status;
    if (retry == request.retries) {
      return absl::Status(attempt.status.code(),
                          absl::StrCat(attempt.status.message(), " (attempts: ", retry + 1, ")"));
    }
    const absl::Duration backoff = WaitBefore(retry, absl::UnavailableError(""), kWaits, hooks.clock->Chance());
    const absl::Duration wait = std::max(backoff, attempt.asked_wait);
    hooks.retrying(attempt.status, wait);
    EBM_RETURN_IF_ERROR(WaitFor(wait, hooks));
  }
}

absl::Status CheckDigest(const FetchRequest& request, const std::string& sha256, uint64_t bytes) {
  if (request.sha256.empty() || sha256 == absl::AsciiStrToLower(request.sha256)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("its ", bytes, " bytes have the SHA-256 ", sha256, ", not ",
                                          absl::AsciiStrToLower(request.sha256), "; ", request.file, " is as it was"));
}

absl::Status FetchInto(const FetchRequest& request, const FetchHooks& hooks, AtomicWriter& writer) {
  const bool is_file = request.source.kind == SourceKind::kFile;
  EBM_RETURN_IF_ERROR(is_file ? CopyFile(request, hooks, writer) : Download(request, hooks, writer));
  return CheckDigest(request, writer.Sha256Hex(), writer.bytes());
}

}  // namespace

absl::Status FetchRequest::Validate() const {
  if (!sha256.empty() && (sha256.size() != kSha256Digits || !std::ranges::all_of(sha256, absl::ascii_isxdigit))) {
    return absl::InvalidArgumentError(absl::StrCat("--sha256: '", sha256, "' is not 64 hexadecimal digits"));
  }
  if (source.kind == SourceKind::kHttp && sha256.empty()) {
    return absl::InvalidArgumentError("plain http needs --sha256, since anyone on the way could change the bytes");
  }
  if (source.kind != SourceKind::kHttps && !bearer_token.empty()) {
    return absl::InvalidArgumentError("a token is sent by https only");
  }
  if (source.kind == SourceKind::kFile) {
    EBM_ASSIGN_OR_RETURN(const int descriptor, OpenToRead(source.location));
    close(descriptor);
    EBM_RETURN_IF_ERROR(CheckApart({source.location}, {file}));
  }
  return CheckReplaceable(file);
}

absl::StatusOr<FetchResult> Fetch(const FetchRequest& request, const FetchHooks& hooks) {
  EBM_ASSIGN_OR_RETURN(const std::optional<FetchResult> kept, KeptFile(request, hooks));
  if (kept.has_value()) return *kept;
  EBM_ASSIGN_OR_RETURN(AtomicWriter writer, AtomicWriter::Create(request.file));
  const absl::Status status = FetchInto(request, hooks, writer);
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("cannot fetch ", request.source.display, ": ", status.message()));
  }
  FetchResult result = {.bytes = writer.bytes(), .sha256 = writer.Sha256Hex()};
  EBM_RETURN_IF_ERROR(writer.Commit());
  return result;
}

}  // namespace ebm::client
