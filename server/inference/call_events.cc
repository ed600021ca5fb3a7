#include "server/inference/call_events.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "model/scoring/percentile.h"
#include "server/inference/exhausted.h"

namespace ebm::inference {
namespace {

// max_y softmax(logits)[y] of each row.
std::vector<float> LargestProbabilities(std::span<const float> logits, size_t classes) {
  std::vector<float> largest;
  largest.reserve(logits.size() / classes);
  for (size_t first = 0; first < logits.size(); first += classes) {
    const std::span<const float> row = logits.subspan(first, classes);
    const float top = *std::ranges::max_element(row);
    float sum = 0;
    for (const float logit : row) sum += std::exp(logit - top);
    largest.push_back(1 / sum);
  }
  return largest;
}

std::vector<float> PercentilesOf(const ModelInfo& model, const RowFigures& figures) {
  std::vector<float> percentiles;
  percentiles.reserve(figures.comparable_log_density.size());
  for (const float value : figures.comparable_log_density) {
    percentiles.push_back(static_cast<float>(PercentileOf(value, model.log_density_quantiles)));
  }
  return percentiles;
}

}  // namespace

void ReportRefused(const absl::Status& error, ModelObserver* observer) {
  if (observer == nullptr) return;
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return observer->Refused(Refusal::kInvalid);
    case absl::StatusCode::kResourceExhausted:
      return observer->Refused(WhatIsExhausted(error));
    case absl::StatusCode::kDeadlineExceeded:
      return observer->Refused(Refusal::kDeadline);
    case absl::StatusCode::kUnavailable:
      return observer->Refused(Refusal::kDraining);
    default:
      return ReportBroken(error, observer);
  }
}

void ReportBroken(const absl::Status& error, ModelObserver* observer) {
  if (observer == nullptr) return;
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:  // found while the rows were evaluated
      return observer->Refused(Refusal::kInvalid);
    case absl::StatusCode::kCancelled:
      return observer->BrokenOff(Break::kCaller);
    case absl::StatusCode::kDeadlineExceeded:
      return observer->BrokenOff(Break::kDeadline);
    case absl::StatusCode::kUnavailable:
      return observer->BrokenOff(Break::kShutdown);
    default:
      return observer->BrokenOff(Break::kFailure);
  }
}

void ReportRows(const ModelInfo& model, const RowFigures& figures, RowsObserved known, ModelObserver* observer) {
  if (observer == nullptr) return;
  std::vector<float> percentiles;
  if (known.percentiles.empty() && model.has_percentiles()) {
    percentiles = PercentilesOf(model, figures);
    known.percentiles = percentiles;
  }
  std::vector<float> max_softmaxes;
  const auto classes = static_cast<size_t>(model.spec.num_classes());
  if (known.max_softmaxes.empty() && classes > 1) {
    max_softmaxes = LargestProbabilities(figures.logits, classes);
    known.max_softmaxes = max_softmaxes;
  }
  observer->RowsAnswered(known);
}

}  // namespace ebm::inference
