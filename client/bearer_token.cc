#include "client/bearer_token.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

absl::StatusOr<std::string> CheckedToken(absl::string_view text, absl::string_view source) {
  const absl::string_view token = absl::StripAsciiWhitespace(text);
  if (token.empty()) return absl::InvalidArgumentError(absl::StrCat(source, ": holds no token"));
  if (!std::ranges::all_of(token, [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); })) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": a token has only visible ASCII characters, no blanks"));
  }
  return std::string(token);
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("token.file: ", path, " cannot be read"));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return CheckedToken(text, absl::StrCat("token.file: ", path));
}

}  // namespace

BearerToken::FileState BearerToken::StateOf(const std::string& path) {
  std::error_code error;  // a missing file has the state of its own that a failed call leaves
  FileState state;
  state.size = std::filesystem::file_size(path, error);
  state.changed = std::filesystem::last_write_time(path, error);
  return state;
}

absl::StatusOr<std::unique_ptr<BearerToken>> BearerToken::Create(const TokenOptions& options) {
  if (options.empty()) return nullptr;
  if (options.file.empty()) {
    EBM_ASSIGN_OR_RETURN(std::string token, CheckedToken(options.token, "token"));
    return std::unique_ptr<BearerToken>(new BearerToken("", std::move(token)));
  }
  const FileState state = StateOf(options.file);  // before the reading: a later change is then noticed
  EBM_ASSIGN_OR_RETURN(std::string token, ReadToken(options.file));
  std::unique_ptr<BearerToken> bearer(new BearerToken(options.file, std::move(token)));
  const absl::MutexLock lock(&bearer->mu_);
  bearer->read_ = state;
  return bearer;
}

std::string BearerToken::Header() {
  const absl::MutexLock lock(&mu_);
  if (!file_.empty()) {
    const FileState state = StateOf(file_);
    if (state != read_) {
      read_ = state;
      if (absl::StatusOr<std::string> token = ReadToken(file_); token.ok()) token_ = *std::move(token);
    }
  }
  return absl::StrCat("Bearer ", token_);
}

}  // namespace ebm::client
