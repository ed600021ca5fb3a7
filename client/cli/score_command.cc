#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "client/cli/batch_run.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "client/cli/explanation.h"
#include "client/cli/json_output.h"
#include "client/cli/row_question.h"
#include "client/cli/table.h"
#include "model/core/status_macros.h"
#include "model/scoring/false_discovery.h"

namespace ebm::client {
namespace {

struct ScoreFlags {
  RowQuestionFlags rows;
  std::optional<double> false_positive_rate;
  std::optional<double> false_discovery_rate;
  bool hidden_means = false;
  bool explain = false;
  std::string explain_output;  // a file, or empty
  BatchFlags batch;
};

// The answer to one request.
struct Part {
  int64_t first = 0;  // its first row
  ScoreAnswer answer;
};

// The command's output, collected over all answers.
struct Report {
  Table table;
  std::string json;
  std::vector<std::string> captions;
  std::vector<float> rises;  // [rows, C] if they are explained
  double sum = 0.0;
  float lowest = 0.0F;
  int64_t lowest_row = -1;
  int64_t outliers = 0;
  std::optional<double> log_z_standard_error;
};

bool FlagsRows(const ScoreFlags& flags) { return flags.false_positive_rate || flags.false_discovery_rate; }

// The p-value up to which rows are flagged.
std::optional<double> CutoffFor(const ScoreFlags& flags, const std::vector<Part>& parts) {
  if (!flags.false_discovery_rate) return flags.false_positive_rate;
  std::vector<float> p_values;
  for (const Part& part : parts) {
    p_values.insert(p_values.end(), part.answer.p_values.begin(), part.answer.p_values.end());
  }
  return FalseDiscoveryCutoff(p_values, *flags.false_discovery_rate);
}

bool IsFlagged(const ScoreAnswer& answer, size_t index, const std::optional<double>& cutoff) {
  return cutoff && IsOutlier(answer.p_values[index], *cutoff);
}

std::vector<std::string> Header(const ModelDescription& model, const ScoreFlags& flags) {
  std::vector<std::string> header = {"row", "log density", "percentile", "max softmax", "gradient norm"};
  if (model.has_normalized_log_density) header.insert(header.end(), {"ln p", "bits/dim"});
  if (model.has_p_value) header.emplace_back("p-value");
  if (FlagsRows(flags)) header.emplace_back("");
  return header;
}

std::vector<std::string> Cells(int64_t row, const ScoreAnswer& answer, size_t index,
                               const std::optional<double>& cutoff) {
  std::vector<std::string> cells = {
      absl::StrCat(row), absl::StrFormat("%.4f", answer.log_densities[index]),
      answer.percentiles.empty() ? "-" : absl::StrFormat("%.1f", answer.percentiles[index]),
      absl::StrFormat("%.4f", answer.max_softmaxes[index]),
      answer.gradient_norms.empty() ? "-" : absl::StrFormat("%.4g", answer.gradient_norms[index])};
  if (!answer.normalized_log_densities.empty()) {
    cells.push_back(absl::StrFormat("%.2f", answer.normalized_log_densities[index]));
    cells.push_back(absl::StrFormat("%.3f", answer.bits_per_dimension[index]));
  }
  if (!answer.p_values.empty()) cells.push_back(absl::StrFormat("%.4f", answer.p_values[index]));
  if (cutoff) cells.emplace_back(IsFlagged(answer, index, cutoff) ? "outlier" : "");
  return cells;
}

// Explains row i of the answer, which is row `row` of the input. Empty if the answer has no explanations.
std::vector<ExplainedValue> ExplanationOf(const RowQuestion& question, int64_t row, const ScoreAnswer& answer,
                                          int64_t i) {
  if (answer.column_rises.rows() == 0) return {};
  return SortedByRise(question.model, question.data.rows.view().row(row), answer.column_rises.row(i),
                      answer.best_values.row(i));
}

void AddRow(int64_t row, const ScoreAnswer& answer, int64_t i, const std::optional<double>& cutoff,
            std::span<const ExplainedValue> explanation, Report& report) {
  const auto index = static_cast<size_t>(i);
  const float log_density = answer.log_densities[index];
  report.table.AddRow(Cells(row, answer, index, cutoff));
  report.captions.push_back(absl::StrFormat("%d: %.2f", row, log_density));
  if (const std::string text = ExplanationText(explanation); !text.empty()) report.table.AddNote("   " + text);
  absl::StrAppend(&report.json, ScoreJson(row, answer, i, cutoff, explanation), "\n");
  report.sum += log_density;
  report.outliers += IsFlagged(answer, index, cutoff) ? 1 : 0;
  if (report.lowest_row < 0 || log_density < report.lowest) {
    report.lowest = log_density;
    report.lowest_row = row;
  }
}

// A rate below the smallest possible p-value would never flag any row.
absl::Status CheckRate(absl::string_view flag, const std::optional<double>& rate, const ModelDescription& model) {
  if (!rate) return absl::OkStatus();
  if (!model.has_p_value) {
    return absl::FailedPreconditionError(
        absl::StrCat(flag, ": model ", model.identity.name, " holds no calibration scores"));
  }
  const double smallest = 1.0 / (1.0 + model.calibration_rows);
  if (*rate >= smallest) return absl::OkStatus();
  return UsageError(absl::StrFormat("%s: %g is below 1/%d, the smallest p-value of %d calibration rows", flag, *rate,
                                    int64_t{model.calibration_rows} + 1, model.calibration_rows));
}

// Everything that the model has and that takes no more than one pass forth and back.
ScoreExtras ExtrasFor(const ModelDescription& model) {
  return {.max_softmax = true,
          .gradient_norm = model.has_gradient(),
          .percentile = model.has_percentile,
          .p_value = model.has_p_value,
          .normalized_log_density = model.has_normalized_log_density};
}

absl::Status CheckHiddenMeans(const ScoreFlags& flags, const ModelDescription& model) {
  if (!flags.hidden_means) return absl::OkStatus();
  if (!model.has_hidden_means) {
    return absl::FailedPreconditionError(
        absl::StrCat("--hidden_means: model ", model.identity.name, " has no hidden units whose means are known"));
  }
  if (!flags.batch.output.empty() || flags.rows.connection.format == OutputFormat::kJson) return absl::OkStatus();
  return UsageError("--hidden_means: the table has no room for them; add --output=FILE or --format=json");
}

// Adds the answers to `parts`, up to an error.
absl::Status Ask(const RowQuestion& question, const ScoreFlags& flags, std::vector<Part>& parts) {
  ScoreExtras extras = ExtrasFor(question.model);
  extras.explanation = flags.explain;
  extras.hidden_means = flags.hidden_means;
  const int64_t most = flags.explain ? RowsExplainedAtOnce(question.model) : flags.rows.rows_per_request;
  return ForEachRequest(
      question, std::min(most, flags.rows.rows_per_request), [&](int64_t first, ConstMatrix rows) -> absl::Status {
        EBM_ASSIGN_OR_RETURN(ScoreAnswer answer, question.client.Score(question.selector(), rows, extras));
        parts.push_back({.first = first, .answer = std::move(answer)});
        return absl::OkStatus();
      });
}

void AddPart(const RowQuestion& question, const Part& part, const std::optional<double>& cutoff, Report& report) {
  report.log_z_standard_error = part.answer.log_z_standard_error;
  const std::span<const float> rises = part.answer.column_rises.view().values();
  report.rises.insert(report.rises.end(), rises.begin(), rises.end());
  const auto rows = static_cast<int64_t>(part.answer.log_densities.size());
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = part.first + i;
    AddRow(row, part.answer, i, cutoff, ExplanationOf(question, row, part.answer, i), report);
  }
}

std::string SummaryLine(const RowQuestion& question, const Report& report) {
  const int64_t rows = std::ssize(report.captions);
  return absl::StrFormat("%d %s scored by %s %s; mean log density %.4f, lowest %.4f (row %d)", rows,
                         rows == 1 ? "row" : "rows", question.model.identity.name, question.model.identity.version,
                         report.sum / static_cast<double>(rows), report.lowest, report.lowest_row);
}

std::string DensityLine(const ModelDescription& model, double log_z_standard_error) {
  const char* const what =
      model.has_levels
          ? "the logarithm of the row's probability"
          : "bits/dim are for the rows as given: for discrete data, first add noise that is uniform within "
            "half a step to either side";
  return absl::StrFormat("ln p in nats, with standard error %.3g from ln Z; %s", log_z_standard_error, what);
}

std::string DiscoveryLine(const Report& report, double rate) {
  return absl::StrFormat(
      "%d of %d rows are outliers: of rows flagged in this way, on average at most %g %% are like the calibration rows",
      report.outliers, report.captions.size(), 100 * rate);
}

std::string OutlierLine(const Report& report, double rate) {
  return absl::StrFormat(
      "%d of %d rows are outliers: p-value at most %g (about %g %% of rows like the calibration rows are flagged)",
      report.outliers, report.captions.size(), rate, 100 * rate);
}

ConstMatrix RisesOf(const RowQuestion& question, const Report& report) {
  return ConstMatrix(report.rises.data(), std::ssize(report.captions), question.data.rows.cols());
}

absl::Status Draw(const RowQuestion& question, const Report& report, const Console& console) {
  if (report.rises.empty()) return DrawRows(question, report.captions, console);
  return DrawExplained(question.data.rows.view(), RisesOf(question, report), report.captions, question.model, console);
}

absl::Status Print(const RowQuestion& question, const ScoreFlags& flags, const Report& report, const Console& console) {
  const bool json = flags.rows.connection.format == OutputFormat::kJson;
  if (json) console.out << report.json;
  if (!json) {
    console.out << report.table.Text() << "\n";
    if (flags.rows.pictures) EBM_RETURN_IF_ERROR(Draw(question, report, console));
    console.out << SummaryLine(question, report) << "\n";
    if (report.log_z_standard_error) console.out << DensityLine(question.model, *report.log_z_standard_error) << "\n";
  }
  if (flags.false_positive_rate) {
    (json ? console.err : console.out) << OutlierLine(report, *flags.false_positive_rate) << "\n";
  }
  if (flags.false_discovery_rate) {
    (json ? console.err : console.out) << DiscoveryLine(report, *flags.false_discovery_rate) << "\n";
  }
  return absl::OkStatus();
}

// The columns of an answer in a file, as far as the model has them.
struct ScoreColumn {
  const char* name;
  std::vector<float> ScoreAnswer::*values;
  bool ScoreExtras::*extra;  // that asks for it; null: always there
};
constexpr ScoreColumn kScoreColumns[] = {
    {"log_density", &ScoreAnswer::log_densities, nullptr},
    {"max_softmax", &ScoreAnswer::max_softmaxes, &ScoreExtras::max_softmax},
    {"gradient_norm", &ScoreAnswer::gradient_norms, &ScoreExtras::gradient_norm},
    {"percentile", &ScoreAnswer::percentiles, &ScoreExtras::percentile},
    {"outlier_score", &ScoreAnswer::outlier_scores, &ScoreExtras::p_value},
    {"p_value", &ScoreAnswer::p_values, &ScoreExtras::p_value},
    {"normalized_log_density", &ScoreAnswer::normalized_log_densities, &ScoreExtras::normalized_log_density},
    {"bits_per_dimension", &ScoreAnswer::bits_per_dimension, &ScoreExtras::normalized_log_density},
};

std::vector<ScoreColumn> ScoreColumnsOf(const ScoreExtras& extras) {
  std::vector<ScoreColumn> columns(std::begin(kScoreColumns), std::end(kScoreColumns));
  std::erase_if(columns, [&](const ScoreColumn& column) { return column.extra != nullptr && !(extras.*column.extra); });
  return columns;
}

// The columns, then the hidden means, if there are any. hidden_units: their number.
absl::StatusOr<MatrixBuffer> ValuesOf(const ScoreAnswer& answer, const std::vector<ScoreColumn>& columns,
                                      int64_t hidden_units) {
  if (answer.hidden_means.cols() != hidden_units) {
    return absl::InternalError("the model's number of hidden units has changed");
  }
  const int64_t rows = std::ssize(answer.log_densities);
  MatrixBuffer values(rows, std::ssize(columns) + hidden_units);
  for (int64_t i = 0; i < rows; ++i) {
    auto value = values.row(i).begin();
    for (const ScoreColumn& column : columns) *value++ = (answer.*column.values)[static_cast<size_t>(i)];
    if (hidden_units > 0) std::ranges::copy(answer.hidden_means.row(i), value);
  }
  return values;
}

absl::StatusOr<BatchQuestion> ScoreQuestion(const ModelDescription& model, const ScoreFlags& flags) {
  EBM_RETURN_IF_ERROR(CheckHiddenMeans(flags, model));
  ScoreExtras extras = ExtrasFor(model);
  extras.hidden_means = flags.hidden_means;
  const std::vector<ScoreColumn> columns = ScoreColumnsOf(extras);
  const int64_t hidden_units = flags.hidden_means ? int64_t{model.hidden_units} : 0;
  BatchQuestion question = {.text = "score"};
  for (const ScoreColumn& column : columns) question.columns.push_back({.name = column.name});
  if (hidden_units > 0) question.columns.push_back({.name = "hidden_means", .count = hidden_units});
  question.ask = [extras, columns, hidden_units](const Client& client, const ModelSelector& selector,
                                                 ConstMatrix rows) -> absl::StatusOr<MatrixBuffer> {
    EBM_ASSIGN_OR_RETURN(const ScoreAnswer answer, client.Score(selector, rows, extras));
    return ValuesOf(answer, columns, hidden_units);
  };
  return question;
}

absl::Status Score(const ScoreFlags& flags, const Console& console) {
  if (!flags.batch.output.empty()) {
    const auto question = [&](const ModelDescription& model) { return ScoreQuestion(model, flags); };
    return RunBatch(flags.rows, flags.batch, question, console);
  }
  EBM_ASSIGN_OR_RETURN(const RowQuestion question, PrepareRowQuestion(flags.rows, LabelUse::kIgnored));
  EBM_RETURN_IF_ERROR(CheckHiddenMeans(flags, question.model));
  EBM_RETURN_IF_ERROR(CheckRate("--false_positive_rate", flags.false_positive_rate, question.model));
  EBM_RETURN_IF_ERROR(CheckRate("--false_discovery_rate", flags.false_discovery_rate, question.model));
  if (!flags.explain_output.empty()) {
    EBM_RETURN_IF_ERROR(CheckExplanationPath(flags.explain_output, question.model, question.data.rows.rows()));
  }
  std::vector<Part> parts;
  absl::Status status = Ask(question, flags, parts);
  Report report{.table = Table(Header(question.model, flags)), .json = {}, .captions = {}};
  const std::optional<double> cutoff = CutoffFor(flags, parts);
  for (const Part& part : parts) AddPart(question, part, cutoff, report);
  if (!report.captions.empty()) status.Update(Print(question, flags, report, console));
  if (!report.captions.empty() && !flags.explain_output.empty()) {
    status.Update(WriteExplanation(flags.explain_output, RisesOf(question, report), question.model));
  }
  return status;
}

// `flags` must outlive the parse.
void AddRateFlags(CLI::App& command, CLI::Option* output, ScoreFlags& flags) {
  auto* const positives = command
                              .add_option("--false_positive_rate", flags.false_positive_rate,
                                          "Flag rows whose conformal p-value is at most A, which flags about that "
                                          "share of rows like the training data")
                              ->type_name("A")
                              ->check(CLI::Range(0.0, 1.0))
                              ->excludes(output);
  command
      .add_option(
          "--false_discovery_rate", flags.false_discovery_rate,
          "Flag rows of this file so that, on average, at most the share Q of those that are flagged is like the "
          "training data (Benjamini-Hochberg)")
      ->type_name("Q")
      ->check(CLI::Range(0.0, 1.0))
      ->excludes(positives)
      ->excludes(output);
}

}  // namespace

CommandBody AddScoreCommand(CLI::App& command) {
  const auto flags = std::make_shared<ScoreFlags>();
  AddRowQuestionFlags(command, flags->rows);
  auto* const output = AddBatchFlags(command, flags->batch);
  AddRateFlags(command, output, *flags);
  command.add_flag("--hidden_means", flags->hidden_means,
                   "Also output the means of the hidden units given each row, 0 to 1, as features of it: with --output "
                   "or --format=json, for models that have hidden units");
  auto* const explain = command.add_flag(
      "--explain", flags->explain,
      "Also show the columns that make each row unlike the data: by how much the log density rises when that column "
      "alone takes its best value, and this value. With --pictures, also draw a heat map of the rises");
  explain->excludes(output);
  command
      .add_option("--explain_output", flags->explain_output,
                  "Write the rises: .npy with those of each row, or .png with a heat map of each row, white at the "
                  "row's largest rise")
      ->type_name("FILE")
      ->needs(explain);
  command.footer(
      "log density: ln p~(x) in nats, up to a constant of the model. percentile: percentage of validation rows with a "
      "lower log density. gradient norm: norm of the gradient of ln p~(x), in the model's scaled units. ln p: ln p~(x) "
      "- ln Z in nats, as a density over data units. bits/dim: bits per dimension, relative to the step of the data. "
      "p-value: small for rows that are unlike the data.");
  return [flags](const Console& console) { return Score(*flags, console); };
}

}  // namespace ebm::client
