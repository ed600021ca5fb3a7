#include "model/spec/indicators.h"

#include "model/spec/row_codec.h"

namespace ebm {

Indicators::Indicators(const ModelSpec& spec) {
  levels_.reserve(static_cast<size_t>(spec.dimension()));
  first_.reserve(static_cast<size_t>(spec.dimension()));
  ForEachColumn(spec, [this](const DataColumn& column, const ColumnPlace& place) {
    const int64_t levels = column.levels();
    for (int64_t i = 0; i < place.coordinates; ++i) {
      levels_.push_back(static_cast<int32_t>(levels));
      first_.push_back(count_);
      count_ += levels == 2 ? 1 : levels;
      has_binary_ = has_binary_ || levels == 2;
    }
  });
}

}  // namespace ebm
