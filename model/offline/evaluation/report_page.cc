#include "model/offline/evaluation/report_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "model/core/status_macros.h"
#include "model/offline/evaluation/html.h"
#include "model/offline/evaluation/page_pictures.h"
#include "model/offline/evaluation/page_style.h"
#include "model/offline/evaluation/svg_charts.h"

namespace ebm {
namespace {

constexpr int64_t kPicturedSamples = 500;

std::string Paragraph(absl::string_view text) { return html::Element("p", text) + "\n"; }
std::string Note(absl::string_view text) { return html::Element("p", text, R"(class="note")") + "\n"; }
std::string Heading(absl::string_view text) { return html::Element("h2", html::Escape(text)) + "\n"; }
std::string Subheading(absl::string_view text) { return html::Element("h3", html::Escape(text)) + "\n"; }
std::string Charts(absl::string_view charts) { return html::Element("div", charts, R"(class="charts")") + "\n"; }

// A value and its interval; factor 100 and "%" make fractions percent.
std::string Cell(const Figure& figure, double factor, int digits, absl::string_view unit = "") {
  const std::string interval =
      absl::StrFormat("%.*f\u2013%.*f", digits, factor * figure.lower, digits, factor * figure.upper);
  return absl::StrCat(absl::StrFormat("%.*f", digits, factor * figure.value), unit, " ",
                      html::Element("small", interval));
}

std::string Spaced(const std::string& name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

std::string GapsNote(const Report& report) {
  const int64_t with_gaps = report.rows - report.complete_rows;
  if (with_gaps == 0) return "";
  return Note(absl::StrCat(
      with_gaps,
      " of the rows have missing values. They are classified and scored as a server does it, with the "
      "missing values integrated out, or as the mean over them. Bits per dimension and the comparison with samples are "
      "measured on the other ",
      report.complete_rows, " rows."));
}

std::string Identity(const Report& report) {
  const Provenance& run = report.provenance;
  return html::Element("h1", html::Escape(report.checkpoint_name)) + "\n" +
         Note(html::Escape(absl::StrCat(report.spec.family(), ", recipe ", run.recipe, ", seed ", run.seed,
                                        ", trained on ", run.data_name, ", ", run.created))) +
         Paragraph(html::Escape(absl::StrCat("Measured on ", report.rows, " rows of ", report.data_name, " (SHA-256 ",
                                             report.data_sha256.substr(0, 16), "\u2026), seed ", report.seed, "."))) +
         GapsNote(report) +
         Note(absl::StrCat(
             "Small figures are 95 % intervals of the figure over resamples of the rows, drawn with replacement ",
             kBootstrapResamples,
             " times. They do not cover the choice of the training seed, and are too narrow on fewer than about "
             "50 rows. Figures on rows that the model was trained or selected on are too optimistic."));
}

std::vector<std::string> ClassifierRow(const std::string& name, const ClassifierFigures& figures) {
  return {name, Cell(figures.error, 100, 2, " %"), Cell(figures.cross_entropy, 1, 4),
          Cell(figures.calibration_error, 100, 2, " %")};
}

std::string TemperatureNote(const Report& report) {
  if (!report.temperature.has_value()) {
    return Note("The checkpoint is not calibrated and no validation rows were given: no temperature was fitted.");
  }
  const TemperatureFigures& t = *report.temperature;
  const std::string whose =
      t.validation_name.empty()
          ? std::string("is the checkpoint's own: what a server applies if calibrated probabilities are requested")
          : absl::StrCat("was fitted on ", t.validation_rows, " rows (", t.validation_name,
                         "); the checkpoint has none of its own, and a server applies none");
  return Note(html::Escape(absl::StrCat(
      "T = ", absl::StrFormat("%.4g", t.temperature), " ", whose,
      ". softmax(f(x)/T) has the least cross-entropy on the rows that T was fitted on, unless T was kept "
      "at 1. T above 1 means that the model was overconfident, T below 1 that it was underconfident; T "
      "stays 1 if those rows do not contradict it. The most probable class does not change. Do not rely on "
      "T if it was fitted on few rows or on rows unlike those to be classified.")));
}

std::string ClassificationSection(const Report& report) {
  if (!report.classifier.has_value()) return "";
  std::vector<std::vector<std::string>> rows = {ClassifierRow("uncalibrated", *report.classifier)};
  std::string charts = svg::ReliabilityChart(report.classifier->reliability, "Uncalibrated");
  if (report.temperature.has_value()) {
    const std::string name = absl::StrFormat("at T = %.3g", report.temperature->temperature);
    rows.push_back(ClassifierRow(name, report.temperature->after));
    charts += svg::ReliabilityChart(report.temperature->after.reliability, "At this temperature");
  }
  return Heading("Classification") + html::Table({"", "error", "cross-entropy, nats", "calibration error"}, rows) +
         Note(
             "Error is the share of rows whose most probable class is not their label. Do not compare errors on "
             "different rows.") +
         Note(
             "Cross-entropy is the mean of \u2212ln p(label given x); lower is better. A single row that is "
             "classified wrongly with high confidence can dominate it.") +
         Note(
             "Calibration error is the mean distance between confidence and accuracy over 15 bins. It is biased "
             "upwards on few rows, which is why an interval can lie above its value. A model that always predicts "
             "the class frequencies has none.") +
         TemperatureNote(report) + Charts(charts) +
         Note(
             "Bars show the accuracy in each bin of confidence, orange lines the mean confidence: where they "
             "agree, the probabilities are calibrated. Bins of few rows (lower chart) say little.");
}

// One table with a row per set of outliers and a column per score.
std::string ScoreTable(const Report& report, Figure ScoreFigures::*figure, double factor, int digits) {
  std::vector<std::string> head = {"data against"};
  for (const ScoreKind& kind : report.score_kinds) head.push_back(html::Escape(kind.title));
  std::vector<std::vector<std::string>> rows;
  rows.reserve(report.outliers.size());
  for (const OutlierFigures& set : report.outliers) {
    std::vector<std::string> row = {html::Escape(Spaced(set.name)) + " " +
                                    html::Element("small", absl::StrCat(set.rows, " rows"))};
    for (const ScoreFigures& score : set.scores) row.push_back(Cell(score.*figure, factor, digits));
    rows.push_back(std::move(row));
  }
  return html::Table(head, rows);
}

std::string OutlierTables(const Report& report) {
  return Subheading("AUROC") + ScoreTable(report, &ScoreFigures::auroc, 1, 3) +
         Note(
             "The probability that a row of data scores above an outlier: 1 is perfect, 0.5 is chance; below 0.5, "
             "the score prefers the outliers. It does not say which threshold to use, nor how other kinds of "
             "outliers are scored.") +
         Subheading("Average precision") + ScoreTable(report, &ScoreFigures::average_precision, 1, 3) +
         Note(
             "The area under the precision-recall curve with data as the positive class: 1 is perfect; a random "
             "score has the share of data among all rows. Do not compare it between sets of different sizes.") +
         Subheading("Outliers accepted at the threshold that accepts 95 % of the data, %") +
         ScoreTable(report, &ScoreFigures::fpr_at_95_tpr, 100, 1) +
         Note(
             "The share of outliers above the threshold that keeps 95 % of the data: 0 is perfect, about 95 is "
             "chance. It depends on the few data rows near that threshold, so its interval is wide.");
}

absl::StatusOr<std::string> OutlierPictures(const Report& report) {
  std::string charts;
  for (const OutlierFigures& set : report.outliers) {
    const std::string name = Spaced(set.name);
    EBM_ASSIGN_OR_RETURN(const std::string pictures,
                         RowPictures(report.spec, set.examples.view(), 0, absl::StrCat("The first rows of: ", name)));
    absl::StrAppend(&charts, html::Element("figure", svg::HistogramChart(set.log_density, name) + pictures), "\n");
  }
  return charts;
}

absl::StatusOr<std::string> OutlierSection(const Report& report) {
  EBM_ASSIGN_OR_RETURN(const std::string pictures, OutlierPictures(report));
  return Heading("Outlier detection") +
         Paragraph(
             "Outliers are made from the rows of data (noise and constants have only their number in common with "
             "them) or come from files. The scores are: the log density up to its constant; the classifier's "
             "confidence; minus the norm of the log density's gradient in x; if the model has a base density b, "
             "the log ratio of the model's density to b; and, if the checkpoint is calibrated, the score on which "
             "the p-values of Score are based.") +
         Note(
             "ln p(x) = ln p\u0303(x) \u2212 ln Z ranks rows as ln p\u0303(x) does, whether or not ln Z is known, "
             "so it has no column of its own. A density can be high on simple pictures that are not data "
             "(constants, for example): look at the set that resembles your outliers, not at the mean over sets. "
             "Mirror images of symmetric classes are data, and no score should separate them. The log ratio to b "
             "is the difference of two numbers of seven digits: far from the data, where both are huge, it can be "
             "inaccurate.") +
         OutlierTables(report) + Subheading("Log densities") + Charts(pictures) +
         Note(
             "Each outline has its own scale: compare positions, not heights. Long tails squeeze the rest into "
             "few bins.");
}

// One row for the data and one per set of outliers, with a column per false positive rate.
std::string FlaggedTable(const Report& report) {
  std::vector<std::string> head = {"flagged, %"};
  for (const double rate : kFalsePositiveRates) head.push_back(absl::StrFormat("at a = %g", rate));
  const auto row = [](const std::string& name, const FlaggedShares& shares) {
    std::vector<std::string> cells = {html::Escape(Spaced(name))};
    for (const Figure& share : shares) cells.push_back(Cell(share, 100, 1));
    return cells;
  };
  std::vector<std::vector<std::string>> rows = {row("data", report.conformal->data)};
  for (size_t set = 0; set < report.outliers.size(); ++set) {
    rows.push_back(row(report.outliers[set].name, report.conformal->outliers[set]));
  }
  return html::Table(head, rows);
}

std::string ConformalSection(const Report& report) {
  if (!report.conformal.has_value()) return "";
  const ConformalFigures& figures = *report.conformal;
  return Heading("Conformal p-values") +
         Paragraph(absl::StrCat("p is the share of ", figures.calibration_rows,
                                " held-out calibration rows that score no higher. A row is flagged if p is at most a, "
                                "the false positive rate.")) +
         FlaggedTable(report) + Charts(svg::ValidityChart(figures.p_values, figures.calibration_rows)) +
         Note(
             "On fresh rows from the distribution of the calibration rows, at most a share a is flagged in "
             "expectation, for any model. The line should stay within the band, which at each a separately "
             "contains it with probability 95 % for these numbers of calibration rows and rows. A line above the "
             "band means that these rows are not from that distribution (other writers, another camera), or that "
             "the calibration rows were used for fitting or selection. On rows that the model was trained or "
             "selected on, the line lies too low. Nothing is guaranteed for outliers: the table shows how many of "
             "each kind are flagged.");
}

std::string ModelBitsNote(const DensityFigures& density) {
  if (density.rows_outside > 0) {
    return Note(absl::StrCat(density.rows_outside,
                             " rows lie outside of the box that ln Z was estimated on; the model's density is 0 "
                             "there."));
  }
  if (!density.model.has_value()) return Note("The checkpoint has no estimate of ln Z, so ln p(x) is not known.");
  return Note(
      absl::StrFormat("The model's bits depend on an estimate of ln Z, whose standard error contributes %.4f. In "
                      "expectation they are too few; those from the reverse run (%.4f) are too many. If the two "
                      "differ much, trust neither; if chains miss a mode, both are wrong.",
                      density.model->standard_error, density.model->reverse_bits));
}

std::string DensitySection(const DensityFigures& density) {
  std::vector<std::vector<std::string>> rows;
  if (density.model.has_value()) rows.push_back({"the model", Cell(density.model->bits, 1, 4)});
  if (density.base_bits.has_value()) rows.push_back({"its base density", Cell(*density.base_bits, 1, 4)});
  if (rows.empty()) return "";
  return Heading("Likelihood") + html::Table({"", "bits per dimension"}, rows) +
         Note(
             "The bits that the density needs per value of a row; fewer are better. Rows are dequantised by uniform "
             "noise, "
             "but not for a model of levels, whose density is a probability. "
             "Compare only figures for the same rows with the same data step: other rounding gives another figure.") +
         ModelBitsNote(density);
}

std::string TestSentence(const SampleFigures& samples) {
  if (!samples.test.has_value()) return Note("Too few rows or samples for the two-sample test.");
  const TwoSampleResult& result = samples.test->result;
  return Paragraph(absl::StrFormat("Kernel two-sample test of %d samples and %d held-out rows: MMD\u00b2 = %.4g, "
                                   "p = %.3f.",
                                   samples.test->samples, samples.test->rows, result.mmd_squared, result.p_value)) +
         Note(
             absl::StrFormat("p is the share of %d random relabellings whose MMD\u00b2 is at least as large. A small p "
                             "means that the samples do not follow the data's distribution, a large p only that this "
                             "test, with one Gaussian kernel of width %.3g, detects no difference. Chains at a "
                             "temperature far below 1 fail it by design. For a model with a base density the rows are "
                             "dequantised, as its samples are.",
                             kPermutations, result.bandwidth));
}

// The five quantiles of both sides' distances.
std::string DistanceTable(const NearestFigures& nearest) {
  const auto row = [](const std::string& name, const std::vector<float>& quantiles) {
    std::vector<std::string> cells = {html::Escape(name)};
    for (const float distance : quantiles) cells.push_back(absl::StrFormat("%.3f", distance));
    return cells;
  };
  const std::string set = absl::StrCat(" to the nearest of ", nearest.training_rows, " training rows");
  return html::Table(
      {"distance of", "least", "25 %", "median", "75 %", "greatest"},
      {row(absl::StrCat("the first ", nearest.samples.size(), " samples", set), nearest.sample_quantiles),
       row(absl::StrCat("the first ", nearest.held_out_rows, " held-out rows", set), nearest.held_out_quantiles)});
}

std::string NearestTable(const NearestFigures& nearest) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(nearest.samples.size());
  for (size_t i = 0; i < nearest.samples.size(); ++i) {
    rows.push_back({absl::StrCat(i + 1), absl::StrCat(nearest.samples[i].row + 1),
                    absl::StrFormat("%.3f", nearest.samples[i].distance)});
  }
  const std::string summary = absl::StrCat("Sample by sample, in ", nearest.training_name);
  return html::Element("details", html::Element("summary", html::Escape(summary)) +
                                      html::Table({"sample", "nearest training row", "distance"}, rows)) +
         "\n";
}

absl::StatusOr<std::string> NearestSection(const Report& report) {
  const std::string heading = Subheading("Are samples copies of training rows?");
  if (!report.samples.nearest.has_value()) {
    return heading + Note("Skipped: the training rows were not given (--training_data).");
  }
  const NearestFigures& nearest = *report.samples.nearest;
  const ConstMatrix samples = report.samples.drawn.states.view();
  const auto count = static_cast<int64_t>(nearest.samples.size());
  EBM_ASSIGN_OR_RETURN(const std::string above,
                       RowPictures(report.spec, samples.rows_from(0, count), count, "The first samples"));
  EBM_ASSIGN_OR_RETURN(const std::string below, RowPictures(report.spec, nearest.nearest_rows.view(), count,
                                                            "The training row nearest to each"));
  return heading + above + below + DistanceTable(nearest) + NearestTable(nearest) +
         Note(
             "Distances are Euclidean, in the model's scaled units. A sample that is much nearer to a training "
             "row than held-out rows are is a copy; samples that are all further away than held-out rows do not "
             "resemble the data. The distance does not detect copies that are shifted or otherwise changed.");
}

std::string SamplerSentence(const Report& report) {
  const SamplerSettings& s = report.sampler;
  const SampleFigures& samples = report.samples;
  std::string text = absl::StrFormat("%d chains of %d steps of the checkpoint's own sampler, %s, at temperature %.3g.",
                                     samples.drawn.states.rows() + samples.drawn.diverged, s.steps,
                                     absl::StrReplaceAll(NameOf(s.kernel), {{"_", " "}}), TemperatureOf(s.kernel));
  if (samples.drawn.diverged > 0) absl::StrAppend(&text, " ", samples.drawn.diverged, " diverged and are left out.");
  const auto with_interval = [](const Figure& figure) {
    return absl::StrFormat("%.4g [%.4g, %.4g]", figure.value, figure.lower, figure.upper);
  };
  absl::StrAppend(&text, " Mean ln p\u0303: samples ", with_interval(samples.mean_log_density), ", held-out rows ",
                  with_interval(samples.row_mean_log_density), " nats.");
  return Paragraph(text);
}

std::string ClassesSection(const Report& report) {
  if (!report.classifier.has_value()) return "";
  return Subheading("Classes") +
         svg::ClassChart(report.spec.class_labels, report.samples.class_counts, report.samples.row_class_counts) +
         Note(
             "The most probable class of each sample and of each held-out row according to the model, which is "
             "not reliable on samples that do not resemble the data. A class without samples is a mode that the "
             "chains do not find.");
}

absl::StatusOr<std::string> SampleSection(const Report& report) {
  const SampleFigures& samples = report.samples;
  const ConstMatrix states = samples.drawn.states.view();
  EBM_ASSIGN_OR_RETURN(const std::string sheet,
                       RowPictures(report.spec, states.rows_from(0, std::min(kPicturedSamples, states.rows())), 0,
                                   "Samples of the model"));
  EBM_ASSIGN_OR_RETURN(const std::string nearest, NearestSection(report));
  return Heading("Samples") + SamplerSentence(report) + sheet +
         Note(sheet.empty()
                  ? "Rows of this model do not have the shape of a picture, so there is nothing to show."
                  : "Looking is not a test: pictures can look fine although whole kinds of data are missing.") +
         ClassesSection(report) + Subheading("Do samples follow the data's distribution?") + TestSentence(samples) +
         nearest;
}

}  // namespace

absl::StatusOr<std::string> ReportPage(const Report& report) {
  EBM_ASSIGN_OR_RETURN(const std::string outliers, OutlierSection(report));
  EBM_ASSIGN_OR_RETURN(const std::string samples, SampleSection(report));
  return html::Page(absl::StrCat("Report on ", report.checkpoint_name), kPageStyle,
                    Identity(report) + ClassificationSection(report) + DensitySection(report.density) + outliers +
                        ConformalSection(report) + samples);
}

}  // namespace ebm
