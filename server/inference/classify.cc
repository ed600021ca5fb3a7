#include "server/inference/classify.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace ebm::inference {
namespace {

void SoftmaxRow(std::span<const float> logits, double temperature, std::span<float> probabilities) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp((logit - largest) / temperature);
  for (size_t y = 0; y < logits.size(); ++y) {
    probabilities[y] = static_cast<float>(std::exp((logits[y] - largest) / temperature) / sum);
  }
}

}  // namespace

std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes, double temperature) {
  std::vector<float> probabilities(logits.size());
  const auto width = static_cast<size_t>(num_classes);
  for (size_t first = 0; first < logits.size(); first += width) {
    SoftmaxRow(logits.subspan(first, width), temperature, std::span(probabilities).subspan(first, width));
  }
  return probabilities;
}

absl::Status CheckAbilities(const ClassifyOptions& options, const ModelInfo& model) {
  if (model.spec.num_classes() == 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("model ", model.name, " has one class: it is a density, and cannot classify"));
  }
  if (!options.calibrated || model.calibration.has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("calibrated: model ", model.name, " holds no calibration"));
}

Classification MakeAnswer(const ClassifyOptions& options, const ModelInfo& model, const RowFigures& figures) {
  const double temperature = options.calibrated ? model.calibration->class_temperature : 1;
  Classification answer = {.probabilities = Softmax(figures.logits, model.spec.num_classes(), temperature)};
  const auto width = static_cast<ptrdiff_t>(model.spec.num_classes());
  for (auto row = figures.logits.begin(); row != figures.logits.end(); row += width) {
    answer.classes.push_back(static_cast<int32_t>(std::max_element(row, row + width) - row));
  }
  return answer;
}

}  // namespace ebm::inference
