#include "model/offline/train/independent_base_fit.h"

#include <cmath>
#include <utility>
#include <vector>

#include "model/base/independent_base.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

constexpr double kAddedCount = 0.5;

// The rows with each level of a coordinate.
std::vector<double> CountLevels(ConstMatrix rows, int64_t coordinate, int64_t levels) {
  std::vector<double> counts(static_cast<size_t>(levels), kAddedCount);
  for (int64_t r = 0; r < rows.rows(); ++r) {
    const float level = rows.row(r)[coordinate];
    if (!std::isnan(level)) ++counts[static_cast<size_t>(level)];
  }
  return counts;
}

}  // namespace

BaseFit FitIndependentBase(const ModelSpec& spec, const LabelledData& train, const LabelledData& validation) {
  const Indicators indicators(spec);
  std::vector<float> logits(static_cast<size_t>(indicators.count()));
  for (int64_t i = 0; i < indicators.coordinates(); ++i) {
    const std::vector<double> counts = CountLevels(train.rows.view(), i, indicators.levels()[i]);
    // A coordinate of two levels has the logit 0 for the first of them. If there are more, adding a number to all
    // logits changes nothing: their mean is made 0.
    double origin = std::log(counts.front());
    if (!indicators.is_binary(i)) {
      origin = 0;
      for (const double count : counts) origin += std::log(count) / static_cast<double>(counts.size());
    }
    for (size_t level = 0; level < counts.size(); ++level) {
      const int64_t indicator = indicators.At(i, static_cast<int64_t>(level));
      if (indicator >= 0) logits[indicator] = static_cast<float>(std::log(counts[level]) - origin);
    }
  }
  const IndependentBase base(indicators, logits);
  const int64_t count = validation.rows.rows();
  BaseFit fit;
  for (int64_t r = 0; r < count; ++r) {
    fit.validation_log_density += base.LogMarginal(validation.rows.row(r)) / static_cast<double>(count);
  }
  const ParameterShape shape = BaseLayout(spec).front();
  fit.tensors.push_back({.name = shape.name, .shape = shape.shape, .values = std::move(logits)});
  return fit;
}

}  // namespace ebm
