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

RowTile::RowTile(std::span<const RowSlice> slices, const RowEngine& engine) : slices_(slices), shape_(engine.shape()) {
  const size_t dimension = shape_.dimension;
  for (const RowSlice& slice : slices_) {
    slice.job->MakeRoomForResult(shape_);
    const auto first = slice.job->task.rows.begin() + static_cast<ptrdiff_t>(slice.first * dimension);
    rows_.insert(rows_.end(), first, first + static_cast<ptrdiff_t>(slice.count * dimension));
  }
  result_ = ResultFor(slices_[0].job->task, shape_, rows_.size() / dimension);
}

void RowTile::Deliver() const {
  size_t row = 0;
  for (const auto& [job, first, count] : slices_) {
    CopyRows(result_.logits, row, count, shape_.num_classes, job->result.logits, first);
    CopyRows(result_.log_density, row, count, 1, job->result.log_density, first);
    CopyRows(result_.gradient_norm, row, count, 1, job->result.gradient_norm, first);
    CopyRows(result_.log_ratio, row, count, 1, job->result.log_ratio, first);
    CopyRows(result_.hidden_means, row, count, shape_.hidden_units, job->result.hidden_means, first);
    row += count;
  }
}

}  // namespace ebm::batching
