#include "model/offline/data/scaling.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ebm {

DataRange RangeOf(ConstMatrix data) {
  const auto [least, greatest] = std::minmax_element(data.values().begin(), data.values().end());
  return {*least, *greatest};
}

absl::StatusOr<DataScaling> ScalingToUnitBox(const DataRange& range) {
  if (!(range.minimum < range.maximum)) {
    return absl::InvalidArgumentError(absl::StrCat("the data range from ", range.minimum, " to ", range.maximum,
                                                   " is empty: constant data cannot be scaled"));
  }
  // In double, because the difference of two floats can overflow a float.
  const double width = static_cast<double>(range.maximum) - range.minimum;
  const double middle = (static_cast<double>(range.maximum) + range.minimum) / 2;
  return DataScaling{.scale = static_cast<float>(2 / width), .offset = static_cast<float>(-2 * middle / width)};
}

}  // namespace ebm
