#include "server/token_file.h"

#include "absl/status/statusor.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"

namespace ebm {

absl::Status TokenFile::Refresh() {
  constexpr size_t kLargestFile = 1 << 20;
  absl::StatusOr<std::string> text = ReadFileBytes(path_, kLargestFile);
  const bool is_new_failure = !text.ok() && std::exchange(is_readable_, text.ok());
  if (!text.ok()) return is_new_failure ? text.status() : absl::OkStatus();
  is_readable_ = true;
  if (*text == text_) return absl::OkStatus();
  text_ = *std::move(text);
  EBM_ASSIGN_OR_RETURN(auto table, access::TokenTable::Parse(path_, text_, access_.table().get()));
  access_.Use(std::move(table));
  return absl::OkStatus();
}

}  // namespace ebm
