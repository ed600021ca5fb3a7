#include "model/offline/parallel/row_share.h"

#include <span>
#include <vector>

#include "model/core/status_macros.h"

namespace ebm {

absl::StatusOr<MatrixBuffer> GatherRows(ProcessGroup& group, ConstMatrix own, int64_t rows, int64_t height) {
  int64_t most = 0;
  for (int rank = 0; rank < group.size(); ++rank)
    most = std::max(most, ShareOf(rows, rank, group.size(), height).count);
  const auto part = static_cast<size_t>(most * own.cols());
  std::vector<float> padded(own.values().begin(), own.values().end());
  padded.resize(part);
  EBM_ASSIGN_OR_RETURN(const std::vector<float> parts, group.Gather(padded));
  MatrixBuffer whole(rows, own.cols());
  for (int rank = 0; rank < group.size(); ++rank) {
    const RowShare share = ShareOf(rows, rank, group.size(), height);
    const std::span<const float> values(parts.data() + static_cast<size_t>(rank) * part,
                                        static_cast<size_t>(share.count * own.cols()));
    if (!values.empty()) std::ranges::copy(values, whole.row(share.first).begin());
  }
  return whole;
}

}  // namespace ebm
