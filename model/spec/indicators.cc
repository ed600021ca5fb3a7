#include "model/spec/indicators.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
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

std::string Indicators::FirstNotBinary() const {
  const auto other = std::ranges::find_if(levels_, [](int32_t levels) { return levels != 2; });
  if (other == levels_.end()) return "";
  return absl::StrCat("coordinate ", other - levels_.begin(), " has ", *other, " levels");
}

}  // namespace ebm
