#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/json_output.h"
#include "client/cli/row_question.h"
#include "client/cli/table.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// What the command prints, gathered answer by answer.
struct Report {
  Table table;
  std::string json;
  std::vector<std::string> captions;
  double sum = 0.0;
  float lowest = 0.0F;
  int64_t lowest_row = -1;
};

void AddRow(int64_t row, const ScoreAnswer& answer, int64_t i, Report& report) {
  const auto index = static_cast<size_t>(i);
  const float log_density = answer.log_densities[index];
  const std::string percentile = answer.percentiles.empty() ? "-" : absl::StrFormat("%.1f", answer.percentiles[index]);
  report.table.AddRow({absl::StrCat(row), absl::StrFormat("%.4f", log_density), percentile,
                       absl::StrFormat("%.4f", answer.max_softmaxes[index]),
                       absl::StrFormat("%.4g", answer.gradient_norms[index])});
  report.captions.push_back(absl::StrFormat("%d: %.2f", row, log_density));
  absl::StrAppend(&report.json, ScoreJson(row, answer, i), "\n");
  report.sum += log_density;
  if (report.lowest_row < 0 || log_density < report.lowest) {
    report.lowest = log_density;
    report.lowest_row = row;
  }
}

absl::StatusOr<Report> Ask(const RowQuestion& question, int64_t rows_per_request) {
  const ScoreExtras extras{.max_softmax = true, .gradient_norm = true, .percentile = question.model.has_percentile};
  Report report{
      .table = Table({"row", "log density", "percentile", "max softmax", "gradient norm"}), .json = {}, .captions = {}};
  EBM_RETURN_IF_ERROR(
      ForEachRequest(question.data.rows.view(), rows_per_request, [&](int64_t first, ConstMatrix rows) -> absl::Status {
        EBM_ASSIGN_OR_RETURN(const ScoreAnswer answer, question.client.Score(question.selector(), rows, extras));
        for (int64_t i = 0; i < rows.rows(); ++i) AddRow(first + i, answer, i, report);
        return absl::OkStatus();
      }));
  return report;
}

std::string SummaryLine(const RowQuestion& question, const Report& report) {
  const int64_t rows = question.data.rows.rows();
  return absl::StrFormat("%d %s scored by %s %s; mean log density %.4f, lowest %.4f (row %d)", rows,
                         rows == 1 ? "row" : "rows", question.model.identity.name, question.model.identity.version,
                         report.sum / static_cast<double>(rows), report.lowest, report.lowest_row);
}

absl::Status Score(const RowQuestionFlags& flags, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const RowQuestion question, PrepareRowQuestion(flags));
  EBM_ASSIGN_OR_RETURN(const Report report, Ask(question, flags.rows_per_request));
  if (flags.connection.format == OutputFormat::kJson) {
    console.out << report.json;
    return absl::OkStatus();
  }
  console.out << report.table.Text() << "\n";
  if (flags.pictures) EBM_RETURN_IF_ERROR(DrawRows(question, report.captions, console));
  console.out << SummaryLine(question, report) << "\n";
  return absl::OkStatus();
}

}  // namespace

CommandBody AddScoreCommand(CLI::App& command) {
  const auto flags = std::make_shared<RowQuestionFlags>();
  AddRowQuestionFlags(command, *flags);
  command.footer(
      "log density: ln p~(x) in nats, whose zero is arbitrary. percentile: share of validation rows that are less "
      "probable. gradient norm: of ln p~(x) in the model's scaled units.");
  return [flags](const Console& console) { return Score(*flags, console); };
}

}  // namespace ebm::client
