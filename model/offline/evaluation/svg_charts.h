// Charts as inline SVG. Colours come from the page's style (page_style.h) by class, so that charts follow its light or
// dark scheme.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_SVG_CHARTS_H_
#define EBM_MODEL_OFFLINE_EVALUATION_SVG_CHARTS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "model/offline/evaluation/outlier_figures.h"
#include "model/offline/statistics/reliability.h"

namespace ebm::svg {

// Accuracy over confidence, one bar per bin, with the diagonal of perfect calibration; below it, the number of rows per
// bin.
std::string ReliabilityChart(const ReliabilityDiagram& bins, absl::string_view title);

// Two outlines in one frame, each normalised by its own total; outlier_name is text.
std::string HistogramChart(const PairedHistogram& histogram, absl::string_view outlier_name);

// The share of rows with p <= a over a, with the diagonal that it should follow and the band of chance deviations
// (conformal_figures.h). p_values: rising, not empty.
std::string ValidityChart(std::span<const double> p_values, int64_t calibration_rows);

// Two bars per class: shares of the samples and of the rows. labels are text. All three have the same length, at least
// 1.
std::string ClassChart(const std::vector<std::string>& labels, std::span<const int64_t> samples,
                       std::span<const int64_t> rows);

}  // namespace ebm::svg

#endif  // EBM_MODEL_OFFLINE_EVALUATION_SVG_CHARTS_H_
