#include "model/checkpoint/refresh.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {

absl::Status RefreshUnlessRetrained(const std::string& path, Checkpoint& checkpoint) {
  EBM_ASSIGN_OR_RETURN(Checkpoint now, ReadCheckpoint(path));
  if (now.spec != checkpoint.spec || now.tensors != checkpoint.tensors) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " now holds another model than when this program read it; it is left unchanged"));
  }
  checkpoint = std::move(now);
  return absl::OkStatus();
}

}  // namespace ebm
