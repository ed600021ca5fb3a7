#include "server/batching/row_tile.h"

#include <algorithm>

namespace ebm::batching {
namespace {

// Copies rows [from, from + count) of `source` to rows [to, to + count) of `target`; a row has `width` values. Does
// nothing if `source` is empty.
void CopyRows(const std::vector<float>& source, size_t from, size_t count, size_t width, std::vector<float>& target,
              size_t to) {
  if (source.empty()) return;
  std::copy_n(source.begin() + static_cast<ptrdiff_t>(from * width), count * width,
              target.begin() + static_cast<ptrdiff_t>(to * width));
}

}  // namespace

RowTile::RowTile(std::span<const RowSlice> slices, const RowEngine& engine)
    : slices_(slices), num_classes_(engine.num_classes()) {
  const size_t dimension = engine.dimension();
  for (const RowSlice& slice : slices_) {
    slice.job->MakeRoomForResult(num_classes_);
    const auto first = slice.job->task.rows.begin() + static_cast<ptrdiff_t>(slice.first * dimension);
    rows_.insert(rows_.end(), first, first + static_cast<ptrdiff_t>(slice.count * dimension));
  }
  const size_t n = rows_.size() / dimension;
  result_.logits.resize(n * num_classes_);
  result_.log_density.resize(n);
  if (slices_[0].job->task.wants_gradient_norm) result_.gradient_norm.resize(n);
  if (slices_[0].job->task.wants_log_ratio) result_.log_ratio.resize(n);
}

void RowTile::Deliver() const {
  size_t row = 0;
  for (const auto& [job, first, count] : slices_) {
    CopyRows(result_.logits, row, count, num_classes_, job->result.logits, first);
    CopyRows(result_.log_density, row, count, 1, job->result.log_density, first);
    CopyRows(result_.gradient_norm, row, count, 1, job->result.gradient_norm, first);
    CopyRows(result_.log_ratio, row, count, 1, job->result.log_ratio, first);
    row += count;
  }
}

}  // namespace ebm::batching
