#include "model/scoring/row_outcome.h"

#include <algorithm>
#include <cmath>

namespace ebm {

RowOutcome JudgeRow(std::span<const float> logits, int32_t label, double temperature) {
  const auto top = std::ranges::max_element(logits);
  double others = 0;  // the sum of exp((f - top) / T) over all classes but the top one
  for (auto logit = logits.begin(); logit != logits.end(); ++logit) {
    if (logit != top) others += std::exp((double{*logit} - *top) / temperature);
  }
  const double log_sum = std::log1p(others);
  const double log_density = *top / temperature + log_sum;
  return {.log_density = log_density,
          .true_log_probability = logits[label] / temperature - log_density,
          .confidence = 1.0 / (1.0 + others),
          .top_log_probability = -log_sum,
          .correct = top - logits.begin() == label};
}

}  // namespace ebm
