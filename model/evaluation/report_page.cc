#include "model/evaluation/report_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "model/core/status_macros.h"
#include "model/evaluation/html.h"
#include "model/evaluation/page_pictures.h"
#include "model/evaluation/page_style.h"
#include "model/evaluation/svg_charts.h"

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

std::string Identity(const Report& report) {
  const Provenance& run = report.provenance;
  return html::Element("h1", html::Escape(report.checkpoint_name)) + "\n" +
         Note(html::Escape(absl::StrCat(report.spec.family, ", recipe ", run.recipe, ", seed ", run.seed,
                                        ", trained on ", run.data_name, ", ", run.created))) +
         Paragraph(html::Escape(absl::StrCat("Measured on ", report.rows, " rows of ", report.data_name, " (SHA-256 ",
                                             report.data_sha256.substr(0, 16), "\u2026), seed ", report.seed, "."))) +
         Note(absl::StrCat(
             "Small figures are 95 % intervals: where the figure falls when rows are drawn anew with "
             "replacement, ",
             kBootstrapResamples,
             " times. They say nothing of another training seed, and are too narrow on fewer than about "
             "50 rows. On rows that the training saw or that a choice was made on, every figure flatters."));
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
          ? std::string("is the checkpoint's own: what a server applies where calibrated probabilities are asked for")
          : absl::StrCat("is what ", t.validation_rows, " rows (", t.validation_name,
                         ") ask for; the checkpoint has none of its own, and a server applies none");
  return Note(html::Escape(absl::StrCat(
      "T = ", absl::StrFormat("%.4g", t.temperature), " ", whose,
      ". softmax(f(x)/T) has the least cross-entropy on the rows that T was fitted on, unless T is kept at 1; above 1 "
      "the model was too sure "
      "of "
      "itself, below 1 not sure enough, and T stays 1 where those rows do not speak against it. Classes stay the same. "
      "Do not trust it where the rows were few or of another kind than those to come.")));
}

std::string ClassificationSection(const Report& report) {
  std::vector<std::vector<std::string>> rows = {ClassifierRow("as it is", report.classifier)};
  std::string charts = svg::ReliabilityChart(report.classifier.reliability, "As it is");
  if (report.temperature.has_value()) {
    const std::string name = absl::StrFormat("at T = %.3g", report.temperature->temperature);
    rows.push_back(ClassifierRow(name, report.temperature->after));
    charts += svg::ReliabilityChart(report.temperature->after.reliability, "At this temperature");
  }
  return Heading("Classification") + html::Table({"", "error", "cross-entropy, nats", "calibration error"}, rows) +
         Note(
             "Error is the share of rows whose most probable class is not their label; do not compare it over "
             "different rows.") +
         Note(
             "Cross-entropy is the mean of \u2212ln p(label given x), lower is better; a single row that is wrong and "
             "sure can dominate it.") +
         Note(
             "Calibration error is how far, in the mean, confidence is from accuracy, in 15 bins; it is biased "
             "upwards on few rows, which is why an interval can lie above its value, and a model that always answers "
             "the base rate has none.") +
         TemperatureNote(report) + Charts(charts) +
         Note(
             "Bars show accuracy in each bin of confidence, orange lines the mean confidence: they meet where "
             "probabilities are what they say. Do not read much into a bin of few rows (lower chart).");
}

// One table, a row for each set of outliers and a column for each score.
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
             "The chance that a row of data scores above an outlier: 1 is perfect, 0.5 useless, below 0.5 the score "
             "prefers the outliers. It says nothing of which threshold to take, nor of outliers of another kind.") +
         Subheading("Average precision") + ScoreTable(report, &ScoreFigures::average_precision, 1, 3) +
         Note(
             "The area under the precision-recall curve with data as the positive class: 1 is perfect, a useless "
             "score gets the share of data among all rows. Do not compare it over sets of different size.") +
         Subheading("Outliers let in where 95 % of the data pass, %") +
         ScoreTable(report, &ScoreFigures::fpr_at_95_tpr, 100, 1) +
         Note(
             "The share of outliers above the threshold that keeps 95 % of the data: 0 is perfect, about 95 useless. "
             "It hangs on the few data rows around one threshold, so its interval is wide.");
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
  return Heading("Telling data from other rows") +
         Paragraph(
             "Outliers are made from the very rows of data (noise and constants apart from their number), or come "
             "from files. The scores: the log density up to its constant, the classifier's confidence, the negative "
             "length of the density's gradient in x; where the model stands on a base density b, how much more likely "
             "a row is under the model than under b; and, where the checkpoint is calibrated, the score that Score's "
             "p-values go by.") +
         Note(
             "ln p(x) = ln p\u0303(x) \u2212 ln Z ranks rows as ln p\u0303(x) does, whether or not ln Z is known, so "
             "it "
             "has no column of its own. A density can be high on simple pictures that are no data (constants, say): "
             "look at the set that resembles yours, not at the mean over sets. Mirror images of symmetric classes "
             "are data, and no score should tell them apart. The ratio to b is a difference of two numbers of seven "
             "digits: far from the data, where both are huge, little of it may be left.") +
         OutlierTables(report) + Subheading("Log densities") + Charts(pictures) +
         Note(
             "Each outline has its own scale, so heights do not compare, places do. Long tails squeeze the rest into "
             "few bins.");
}

// A row for the data and one for each set of outliers, a column for each false positive rate.
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
                                " held-out calibration rows that score no higher. A row is flagged where p is at most "
                                "a, the false positive rate.")) +
         FlaggedTable(report) + Charts(svg::ValidityChart(figures.p_values, figures.calibration_rows)) +
         Note(
             "On fresh rows of the calibration rows' law, at most a share a is flagged, whatever the model: the line "
             "should stay in the band, which is 95 % of what chance does with so many calibration rows and rows here, "
             "at each a by itself. Above the band these rows are not of that law (other writers, another camera), or "
             "the calibration rows were looked at; on rows that the model was trained on or chosen by it lies too "
             "low. Nothing is promised of outliers: the table says how many of each kind are found.");
}

std::string ModelBitsNote(const DensityFigures& density) {
  if (density.rows_outside > 0) {
    return Note(absl::StrCat(density.rows_outside,
                             " rows lie outside of the box that ln Z was estimated on; the model gives them no "
                             "probability at all."));
  }
  if (!density.model.has_value()) return Note("The checkpoint has no estimate of ln Z, so ln p(x) is not known.");
  return Note(
      absl::StrFormat("The model's bits hang on an estimate of ln Z, whose standard error adds %.4f; the "
                      "estimate leans to too few bits, the one annealed back (%.4f) to too many. Where the two "
                      "are far apart, trust neither; chains that miss a mode spoil both.",
                      density.model->standard_error, density.model->reverse_bits));
}

std::string DensitySection(const DensityFigures& density) {
  std::vector<std::vector<std::string>> rows;
  if (density.model.has_value()) rows.push_back({"the model", Cell(density.model->bits, 1, 4)});
  if (density.base_bits.has_value()) rows.push_back({"its base density", Cell(*density.base_bits, 1, 4)});
  if (rows.empty()) return "";
  return Heading("Likelihood") + html::Table({"", "bits per dimension"}, rows) +
         Note(
             "How many bits the density needs for one value of a row, dequantised by uniform noise; fewer are better. "
             "Compare it only over the same rows in the same steps: another rounding of the data is another figure.") +
         ModelBitsNote(density);
}

std::string TestSentence(const SampleFigures& samples) {
  if (!samples.test.has_value()) return Note("Too few rows or samples for the two-sample test.");
  const TwoSampleResult& result = samples.test->result;
  return Paragraph(absl::StrFormat("Kernel two-sample test of %d samples and %d held-out rows: MMD\u00b2 = %.4g, "
                                   "p = %.3f.",
                                   samples.test->samples, samples.test->rows, result.mmd_squared, result.p_value)) +
         Note(
             absl::StrFormat("p is the share of random relabellings (%d of them) at least as far apart: a small p says "
                             "that samples are not of the data's law, a large p only that this test, with one Gaussian "
                             "kernel of width %.3g, does not see it. Chains that climb (temperature far below 1) fail "
                             "it by design. The rows of a model on a base density are dequantised, as its samples are.",
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
  const std::string heading = Subheading("Are samples copies?");
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
             "Distances are Euclidean, in the model's scaled units. A sample much nearer to a training row than "
             "held-out rows are is a copy; samples that are all further away than held-out rows look like nothing "
             "known. The distance sees no shifted or otherwise changed copies.");
}

std::string SamplerSentence(const Report& report) {
  const SamplerDefaults& s = report.sampler;
  const SampleFigures& samples = report.samples;
  const double temperature = double{s.noise_scale} * s.noise_scale / (2 * double{s.step_size});
  std::string text = absl::StrFormat(
      "%d chains of %d %s steps by the checkpoint's own sampler settings, at "
      "temperature %.3g.",
      samples.drawn.states.rows() + samples.drawn.diverged, s.steps,
      s.metropolis ? "Metropolis-adjusted Langevin" : "Langevin", temperature);
  if (samples.drawn.diverged > 0) absl::StrAppend(&text, " ", samples.drawn.diverged, " diverged and are left out.");
  const auto with_interval = [](const Figure& figure) {
    return absl::StrFormat("%.4g [%.4g, %.4g]", figure.value, figure.lower, figure.upper);
  };
  absl::StrAppend(&text, " Mean ln p\u0303: samples ", with_interval(samples.mean_log_density), ", held-out rows ",
                  with_interval(samples.row_mean_log_density), " nats.");
  return Paragraph(text);
}

absl::StatusOr<std::string> SampleSection(const Report& report) {
  const SampleFigures& samples = report.samples;
  const ConstMatrix states = samples.drawn.states.view();
  EBM_ASSIGN_OR_RETURN(const std::string sheet,
                       RowPictures(report.spec, states.rows_from(0, std::min(kPicturedSamples, states.rows())), 0,
                                   "Samples of the model"));
  EBM_ASSIGN_OR_RETURN(const std::string nearest, NearestSection(report));
  return Heading("Samples") + SamplerSentence(report) + sheet +
         Note(sheet.empty() ? "Rows of this model have no picture's shape, so there is nothing to show."
                            : "Looking is no test: pictures can be fine where whole kinds of data are missing.") +
         Subheading("Classes") +
         svg::ClassChart(report.spec.class_labels, samples.class_counts, samples.row_class_counts) +
         Note(
             "The most probable class of each sample and of each held-out row, by the model's own judgement, which is "
             "not to be trusted on samples that look like nothing. A class without samples is a mode that chains do "
             "not find.") +
         Subheading("Of the data's law?") + TestSentence(samples) + nearest;
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
