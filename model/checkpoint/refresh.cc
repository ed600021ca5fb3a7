#include "model/checkpoint/refresh.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

bool HoldTheSameModel(const Checkpoint& a, const Checkpoint& b) { return a.spec == b.spec && a.tensors == b.tensors; }

template <typename Map>
void CopyReport(const Map& from, Map& to) {
  for (const auto& [name, value] : from) {
    if (absl::StartsWith(name, kReportPrefix)) to[name] = value;
  }
}

}  // namespace

absl::Status RefreshUnlessRetrained(const std::string& path, Checkpoint& checkpoint) {
  EBM_ASSIGN_OR_RETURN(Checkpoint now, ReadCheckpoint(path));
  if (!HoldTheSameModel(now, checkpoint)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " now holds another model than when this program read it; it is left unchanged"));
  }
  checkpoint = std::move(now);
  return absl::OkStatus();
}

void KeepResultsOfOthers(const std::string& path, Checkpoint& checkpoint) {
  const absl::StatusOr<Checkpoint> before = ReadCheckpoint(path);
  if (!before.ok() || !HoldTheSameModel(*before, checkpoint)) return;
  checkpoint.partition = before->partition;
  CopyReport(before->evaluation, checkpoint.evaluation);
  CopyReport(before->provenance.settings, checkpoint.provenance.settings);
}

}  // namespace ebm
