#include "model/offline/evaluation/svg_charts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/offline/evaluation/conformal_figures.h"
#include "model/offline/evaluation/html.h"

namespace ebm::svg {
namespace {

// The drawing area within a chart, in the chart's own units.
struct Frame {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  double bottom() const { return top + height; }
  double right() const { return left + width; }
};

// One decimal is precise enough for a line, and keeps pages small.
std::string Number(double value) { return absl::StrFormat("%.1f", value); }

std::string Chart(double width, double height, absl::string_view title, absl::string_view content) {
  return absl::StrCat("<svg viewBox=\"0 0 ", Number(width), " ", Number(height), "\" width=\"", Number(width),
                      "\" role=\"img\"><title>", html::Escape(title), "</title>\n", content, "</svg>\n");
}

std::string Rectangle(double x, double y, double width, double height, absl::string_view classes) {
  return absl::StrCat("<rect x=\"", Number(x), "\" y=\"", Number(y), "\" width=\"", Number(width), "\" height=\"",
                      Number(std::max(height, 0.0)), "\" class=\"", classes, "\"/>\n");
}

std::string Line(double x1, double y1, double x2, double y2, absl::string_view classes) {
  return absl::StrCat("<line x1=\"", Number(x1), "\" y1=\"", Number(y1), "\" x2=\"", Number(x2), "\" y2=\"", Number(y2),
                      "\" class=\"", classes, "\"/>\n");
}

// anchor: "start", "middle" or "end".
std::string Text(double x, double y, absl::string_view anchor, absl::string_view text,
                 absl::string_view classes = "label") {
  return absl::StrCat("<text x=\"", Number(x), "\" y=\"", Number(y), "\" text-anchor=\"", anchor, "\" class=\"",
                      classes, "\">", html::Escape(text), "</text>\n");
}

std::string Axes(const Frame& frame) {
  return Line(frame.left, frame.bottom(), frame.right(), frame.bottom(), "axis") +
         Line(frame.left, frame.top, frame.left, frame.bottom(), "axis");
}

double Largest(std::span<const int64_t> counts) { return std::max(1.0, static_cast<double>(std::ranges::max(counts))); }

double Total(std::span<const int64_t> counts) {
  return std::max(1.0, static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0})));
}

std::string UnitTicks(const Frame& frame) {
  std::string ticks;
  for (const double tick : {0.0, 0.5, 1.0}) {
    const double y = frame.bottom() - tick * frame.height;
    absl::StrAppend(&ticks, Text(frame.left - 6, y + 4, "end", absl::StrFormat("%.1f", tick)));
    if (tick > 0) absl::StrAppend(&ticks, Line(frame.left, y, frame.right(), y, "grid"));
  }
  return ticks;
}

std::string AccuracyBars(const ReliabilityDiagram& bins, const Frame& frame) {
  const double width = frame.width / kReliabilityBins;
  std::string bars;
  for (int b = 0; b < kReliabilityBins; ++b) {
    if (bins[b].rows == 0) continue;
    const double height = bins[b].accuracy * frame.height;
    absl::StrAppend(&bars, Rectangle(frame.left + b * width + 1, frame.bottom() - height, width - 2, height, "data"));
    const double y = frame.bottom() - bins[b].mean_confidence * frame.height;
    absl::StrAppend(&bars, Line(frame.left + b * width, y, frame.left + (b + 1) * width, y, "mark"));
  }
  return bars;
}

std::string RowBars(const ReliabilityDiagram& bins, const Frame& frame) {
  const double width = frame.width / kReliabilityBins;
  int64_t most = 1;
  for (const ReliabilityBin& bin : bins) most = std::max(most, bin.rows);
  std::string bars;
  for (int b = 0; b < kReliabilityBins; ++b) {
    const double height = frame.height * static_cast<double>(bins[b].rows) / static_cast<double>(most);
    absl::StrAppend(&bars, Rectangle(frame.left + b * width + 1, frame.bottom() - height, width - 2, height, "quiet"));
  }
  return bars + Text(frame.left - 6, frame.top + 8, "end", absl::StrCat(most));
}

// A closed outline of bars, without gaps between them; bar b is counts[b] / whole of the frame's height.
std::string Outline(std::span<const int64_t> counts, double whole, const Frame& frame, absl::string_view classes) {
  const double width = frame.width / static_cast<double>(counts.size());
  std::string path = absl::StrCat("M", Number(frame.left), " ", Number(frame.bottom()));
  for (size_t b = 0; b < counts.size(); ++b) {
    const double y = frame.bottom() - frame.height * static_cast<double>(counts[b]) / whole;
    absl::StrAppend(&path, "V", Number(y), "H", Number(frame.left + static_cast<double>(b + 1) * width));
  }
  absl::StrAppend(&path, "V", Number(frame.bottom()), "Z");
  return absl::StrCat("<path d=\"", path, "\" class=\"", classes, "\"/>\n");
}

// The first whole UTF-8 characters of the label, at most ten bytes.
absl::string_view Shortened(absl::string_view label) {
  constexpr size_t kMost = 10;
  if (label.size() <= kMost) return label;
  size_t cut = kMost;
  while (cut > 0 && (static_cast<unsigned char>(label[cut]) & 0xC0) == 0x80) --cut;
  return label.substr(0, cut);
}

std::string Key(double x, double y, absl::string_view classes, absl::string_view text) {
  return Rectangle(x, y - 9, 10, 10, classes) + Text(x + 15, y, "start", text);
}

}  // namespace

std::string ReliabilityChart(const ReliabilityDiagram& bins, absl::string_view title) {
  const Frame frame{.left = 42, .top = 26, .width = 270, .height = 210};
  const Frame rows{.left = 42, .top = 262, .width = 270, .height = 44};
  const std::string content =
      Text(frame.left, 14, "start", title, "heading") + UnitTicks(frame) + AccuracyBars(bins, frame) +
      Line(frame.left, frame.bottom(), frame.right(), frame.top, "diagonal") + Axes(frame) +
      Text(frame.left - 4, frame.bottom() + 16, "start", "accuracy by confidence") + RowBars(bins, rows) + Axes(rows) +
      Text(rows.left, rows.bottom() + 14, "start", "0") + Text(rows.right(), rows.bottom() + 14, "end", "1") +
      Text(rows.left + rows.width / 2, rows.bottom() + 14, "middle", "confidence (rows in each bin)");
  return Chart(330, 326, title, content);
}

std::string HistogramChart(const PairedHistogram& histogram, absl::string_view outlier_name) {
  const Frame frame{.left = 8, .top = 26, .width = 304, .height = 110};
  const std::string content = Key(frame.left, 14, "data soft", "data") +
                              Key(frame.left + 60, 14, "outlier soft", outlier_name) +
                              Outline(histogram.data, Largest(histogram.data), frame, "data soft") +
                              Outline(histogram.outliers, Largest(histogram.outliers), frame, "outlier soft") +
                              Line(frame.left, frame.bottom(), frame.right(), frame.bottom(), "axis") +
                              Text(frame.left, frame.bottom() + 15, "start", absl::StrFormat("%.4g", histogram.lower)) +
                              Text(frame.left + frame.width / 2, frame.bottom() + 15, "middle", "ln p\u0303(x), nats") +
                              Text(frame.right(), frame.bottom() + 15, "end", absl::StrFormat("%.4g", histogram.upper));
  return Chart(320, 158, absl::StrCat("ln p\u0303 of data and of ", outlier_name), content);
}

std::string ValidityChart(std::span<const double> p_values, int64_t calibration_rows) {
  constexpr int kPoints = 100;
  const Frame frame{.left = 42, .top = 26, .width = 270, .height = 210};
  const auto x = [&](double a) { return frame.left + a * frame.width; };
  const auto y = [&](double share) { return frame.bottom() - std::clamp(share, 0.0, 1.0) * frame.height; };
  const auto n = static_cast<int64_t>(p_values.size());
  std::string above;
  std::string below;
  std::string line = absl::StrCat("M", Number(x(0)), " ", Number(y(0)));
  for (int i = 0; i <= kPoints; ++i) {
    const double a = static_cast<double>(i) / kPoints;
    const double margin = ValidityMargin(a, calibration_rows, n);
    absl::StrAppend(&above, i == 0 ? "M" : "L", Number(x(a)), " ", Number(y(a + margin)));
    below = absl::StrCat("L", Number(x(a)), " ", Number(y(a - margin)), below);
    const auto flagged = std::ranges::upper_bound(p_values, a) - p_values.begin();
    absl::StrAppend(&line, "L", Number(x(a)), " ", Number(y(static_cast<double>(flagged) / static_cast<double>(n))));
  }
  const std::string content =
      Text(frame.left, 14, "start", "Rows with p \u2264 a, over a", "heading") + UnitTicks(frame) +
      absl::StrCat("<path d=\"", above, below, "Z\" class=\"quiet soft\"/>\n") +
      Line(frame.left, frame.bottom(), frame.right(), frame.top, "diagonal") +
      absl::StrCat("<path d=\"", line, "\" class=\"curve\"/>\n") + Axes(frame) +
      Text(frame.left, frame.bottom() + 16, "start", "0") + Text(frame.right(), frame.bottom() + 16, "end", "a = 1");
  return Chart(330, 262, "Share of rows with p at most a", content);
}

std::string ClassChart(const std::vector<std::string>& labels, std::span<const int64_t> samples,
                       std::span<const int64_t> rows) {
  constexpr size_t kMostNames = 20;  // more names would overlap
  const Frame frame{.left = 8, .top = 26, .width = 624, .height = 120};
  const double pitch = frame.width / static_cast<double>(labels.size());
  const double whole = std::max(Largest(samples) / Total(samples), Largest(rows) / Total(rows));
  std::string content = Key(frame.left, 14, "data", "samples") + Key(frame.left + 90, 14, "quiet", "held-out rows");
  for (size_t k = 0; k < labels.size(); ++k) {
    const double x = frame.left + (static_cast<double>(k) + 0.1) * pitch;
    const double sample_height = frame.height * static_cast<double>(samples[k]) / Total(samples) / whole;
    const double row_height = frame.height * static_cast<double>(rows[k]) / Total(rows) / whole;
    absl::StrAppend(&content, Rectangle(x, frame.bottom() - sample_height, 0.38 * pitch, sample_height, "data"),
                    Rectangle(x + 0.42 * pitch, frame.bottom() - row_height, 0.38 * pitch, row_height, "quiet"));
    if (labels.size() > kMostNames) continue;
    absl::StrAppend(&content, Text(x + 0.4 * pitch, frame.bottom() + 15, "middle", Shortened(labels[k])));
  }
  absl::StrAppend(&content, Line(frame.left, frame.bottom(), frame.right(), frame.bottom(), "axis"));
  return Chart(640, 168, "Classes of samples and of held-out rows", content);
}

}  // namespace ebm::svg
