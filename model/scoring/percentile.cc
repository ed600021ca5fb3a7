#include "model/scoring/percentile.h"

#include <algorithm>

namespace ebm {

double PercentileOf(float log_density, const std::vector<float>& quantiles) {
  const auto above = std::lower_bound(quantiles.begin(), quantiles.end(), log_density);
  if (above == quantiles.begin()) return 0;
  if (above == quantiles.end()) return 100;
  const double lower = *std::prev(above);
  const double fraction = (log_density - lower) / (*above - lower);
  const double rank = static_cast<double>(above - quantiles.begin()) - 1 + fraction;
  return 100 * rank / static_cast<double>(quantiles.size() - 1);
}

}  // namespace ebm
