#include "model/offline/train/training_curves.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ebm {
namespace {

constexpr double kPanelWidth = 300;
constexpr double kPanelHeight = 210;
constexpr double kLeft = 56;  // position of the frame within its panel
constexpr double kTop = 34;
constexpr double kFrameWidth = 228;
constexpr double kFrameHeight = 140;

constexpr char kStyle[] =
    "<style>text{font:11px sans-serif;fill:#444}path{fill:none;stroke-width:1.5}.axis{stroke:#888;stroke-width:1}"
    ".a{stroke:#1f5fbf}.b{stroke:#c2571a}.frame{fill:#fff}</style>\n";

struct Curve {
  std::string name;
  std::vector<double> values;
};

struct Range {
  double lowest = 0;
  double highest = 1;
};

Range RangeOf(const std::vector<Curve>& curves) {
  Range range{.lowest = INFINITY, .highest = -INFINITY};
  for (const Curve& curve : curves) {
    for (size_t epoch = curve.values.size() / 20; epoch < curve.values.size(); ++epoch) {
      if (!std::isfinite(curve.values[epoch])) continue;
      range.lowest = std::min(range.lowest, curve.values[epoch]);
      range.highest = std::max(range.highest, curve.values[epoch]);
    }
  }
  if (range.lowest > range.highest) return {};
  const double margin = std::max(0.05 * (range.highest - range.lowest), 1e-6);
  return {.lowest = range.lowest - margin, .highest = range.highest + margin};
}

// A new line begins after each gap.
std::string PathOf(std::span<const double> values, const Range& range) {
  const double step = kFrameWidth / std::max(1.0, static_cast<double>(values.size()) - 1);
  std::string path;
  bool drawing = false;
  for (size_t epoch = 0; epoch < values.size(); ++epoch) {
    const bool drawable = std::isfinite(values[epoch]);
    if (drawable) {
      const double height = (values[epoch] - range.lowest) / (range.highest - range.lowest);
      absl::StrAppendFormat(&path, "%s%.1f %.1f", drawing ? "L" : "M", step * static_cast<double>(epoch),
                            kFrameHeight * (1 - std::clamp(height, -1.0, 2.0)));
    }
    drawing = drawable;
  }
  return path;
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return absl::StrFormat("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

std::string Panel(double x, const std::string& title, const std::vector<Curve>& curves) {
  const Range range = RangeOf(curves);
  const size_t epochs = curves[0].values.size();
  std::string panel = absl::StrFormat("<g transform=\"translate(%.0f 0)\">\n", x);
  absl::StrAppend(&panel, Text(kLeft, 18, "start", title));
  absl::StrAppend(&panel, Text(kLeft - 6, kTop + 8, "end", absl::StrFormat("%.3g", range.highest)));
  absl::StrAppend(&panel, Text(kLeft - 6, kTop + kFrameHeight, "end", absl::StrFormat("%.3g", range.lowest)));
  absl::StrAppend(&panel, Text(kLeft, kTop + kFrameHeight + 18, "start", "epoch 0"));
  absl::StrAppend(&panel, Text(kLeft + kFrameWidth, kTop + kFrameHeight + 18, "end", absl::StrCat(epochs - 1)));
  absl::StrAppendFormat(&panel, "<svg x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\">\n", kLeft, kTop,
                        kFrameWidth, kFrameHeight);
  absl::StrAppendFormat(&panel, "<path class=\"axis\" d=\"M0 0V%.0fH%.0f\"/>\n", kFrameHeight, kFrameWidth);
  char colour = 'a';
  for (const Curve& curve : curves) {
    absl::StrAppendFormat(&panel, "<path class=\"%c\" d=\"%s\"><title>%s</title></path>\n", colour++,
                          PathOf(curve.values, range), curve.name);
  }
  return absl::StrCat(panel, "</svg>\n</g>\n");
}

std::vector<double> Sum(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

}  // namespace

std::string RenderTrainingCurves(const LossHistory& history) {
  const std::vector<double> loss = Sum(history.validation_cross_entropy, history.validation_generative);
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n"
      "<title>Losses over the epochs</title>\n",
      3 * kPanelWidth, kPanelHeight);
  absl::StrAppend(&svg, kStyle, "<rect class=\"frame\" width=\"100%\" height=\"100%\"/>\n");
  absl::StrAppend(&svg, Panel(0, "validation L_clf + L_gen", {{"validation L_clf + L_gen", loss}}));
  absl::StrAppend(&svg, Panel(kPanelWidth, "validation L_gen", {{"validation L_gen", history.validation_generative}}));
  absl::StrAppend(&svg, Panel(2 * kPanelWidth, "L_clf: validation (blue), training (orange)",
                              {{"validation L_clf", history.validation_cross_entropy},
                               {"training L_clf", history.train_cross_entropy}}));
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace ebm
