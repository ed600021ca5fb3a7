#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/batch_run.h"
#include "client/cli/commands.h"
#include "client/cli/json_output.h"
#include "client/cli/row_question.h"
#include "client/cli/table.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

struct ClassifyFlags {
  RowQuestionFlags rows;
  bool calibrated = false;
  BatchFlags batch;
};

// The command's output, collected over all answers.
struct Report {
  Table table;
  std::string json;
  std::vector<std::string> captions;
  int64_t correct = 0;
};

int64_t RunnerUp(std::span<const float> probabilities, int32_t best) {
  int64_t second = best == 0 && probabilities.size() > 1 ? 1 : 0;
  for (size_t y = 0; y < probabilities.size(); ++y) {
    if (static_cast<int32_t>(y) != best && probabilities[y] > probabilities[static_cast<size_t>(second)]) {
      second = static_cast<int64_t>(y);
    }
  }
  return second;
}

// A label in the input may be a class that the model does not have.
std::string LabelName(const ClassifyAnswer& answer, int64_t y) {
  const auto& labels = answer.class_labels;
  return y < static_cast<int64_t>(labels.size()) ? labels[static_cast<size_t>(y)] : absl::StrCat(y);
}

std::string Percent(float share) { return absl::StrFormat("%.1f %%", 100.0 * share); }

void AddRow(int64_t row, const ClassifyAnswer& answer, int64_t i, std::optional<int32_t> true_class, Report& report) {
  const auto probabilities = answer.probabilities.row(i);
  const int32_t best = answer.classes[static_cast<size_t>(i)];
  const int64_t second = RunnerUp(probabilities, best);
  const std::string share = Percent(probabilities[static_cast<size_t>(best)]);
  const bool correct = true_class == best;
  std::vector<std::string> cells = {absl::StrCat(row), LabelName(answer, best), share, LabelName(answer, second),
                                    Percent(probabilities[static_cast<size_t>(second)])};
  if (true_class) {
    cells.push_back(LabelName(answer, *true_class));
    cells.push_back(correct ? "" : "wrong");
    report.correct += correct ? 1 : 0;
  }
  report.table.AddRow(std::move(cells));
  report.captions.push_back(absl::StrCat(row, ": ", LabelName(answer, best), " ", share));
  absl::StrAppend(&report.json, ClassifyJson(row, answer, i, true_class), "\n");
}

std::vector<std::string> Header(const RowQuestion& question) {
  std::vector<std::string> header = {"row", "class", "probability", "next", "probability"};
  if (question.data.labelled()) header.insert(header.end(), {"true", ""});
  return header;
}

// Adds the answers to `report`, up to an error.
absl::Status Ask(const RowQuestion& question, const ClassifyFlags& flags, Report& report) {
  const std::vector<int32_t>& labels = question.data.labels;
  return ForEachRequest(question, flags.rows.rows_per_request, [&](int64_t first, ConstMatrix rows) -> absl::Status {
    EBM_ASSIGN_OR_RETURN(const ClassifyAnswer answer,
                         question.client.Classify(question.selector(), rows, flags.calibrated));
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const auto row = static_cast<size_t>(first + i);
      AddRow(first + i, answer, i, labels.empty() ? std::nullopt : std::optional(labels[row]), report);
    }
    return absl::OkStatus();
  });
}

std::string SummaryLine(const RowQuestion& question, const Report& report) {
  const int64_t rows = std::ssize(report.captions);
  std::string line = absl::StrCat(rows, rows == 1 ? " row" : " rows", " classified by ", question.model.identity.name,
                                  " ", question.model.identity.version);
  if (question.data.labelled()) {
    absl::StrAppend(&line, "; accuracy ",
                    absl::StrFormat("%.2f %%", 100.0 * static_cast<double>(report.correct) / static_cast<double>(rows)),
                    " (", report.correct, " of ", rows, ")");
  }
  return line;
}

absl::Status Print(const RowQuestion& question, const ClassifyFlags& flags, const Report& report,
                   const Console& console) {
  if (flags.rows.connection.format == OutputFormat::kJson) {
    console.out << report.json;
    if (question.data.labelled()) console.err << SummaryLine(question, report) << "\n";
    return absl::OkStatus();
  }
  console.out << report.table.Text() << "\n";
  if (flags.rows.pictures) EBM_RETURN_IF_ERROR(DrawRows(question, report.captions, console));
  console.out << SummaryLine(question, report) << "\n";
  return absl::OkStatus();
}

BatchQuestion ClassifyQuestion(const ModelDescription& model, bool calibrated) {
  const int64_t classes = std::ssize(model.class_labels);
  BatchQuestion question = {.text = calibrated ? "classify calibrated" : "classify"};
  question.columns = {{.name = "class", .kind = ResultColumn::Kind::kWholeNumber},
                      {.name = "probabilities", .count = classes}};
  question.ask = [calibrated, classes](const Client& client, const ModelSelector& selector,
                                       ConstMatrix rows) -> absl::StatusOr<MatrixBuffer> {
    EBM_ASSIGN_OR_RETURN(const ClassifyAnswer answer, client.Classify(selector, rows, calibrated));
    if (answer.probabilities.cols() != classes) return absl::InternalError("the model's classes have changed");
    MatrixBuffer values(rows.rows(), 1 + classes);
    for (int64_t i = 0; i < rows.rows(); ++i) {
      values.row(i)[0] = static_cast<float>(answer.classes[static_cast<size_t>(i)]);
      std::ranges::copy(answer.probabilities.row(i), values.row(i).begin() + 1);
    }
    return values;
  };
  return question;
}

absl::Status Classify(const ClassifyFlags& flags, const Console& console) {
  if (!flags.batch.output.empty()) {
    const auto question = [&](const ModelDescription& model) { return ClassifyQuestion(model, flags.calibrated); };
    return RunBatch(flags.rows, flags.batch, question, console);
  }
  EBM_ASSIGN_OR_RETURN(const RowQuestion question, PrepareRowQuestion(flags.rows, LabelUse::kRead));
  Report report{.table = Table(Header(question)), .json = {}, .captions = {}};
  absl::Status status = Ask(question, flags, report);
  if (!report.captions.empty()) status.Update(Print(question, flags, report, console));
  return status;
}

}  // namespace

CommandBody AddClassifyCommand(CLI::App& command) {
  const auto flags = std::make_shared<ClassifyFlags>();
  AddRowQuestionFlags(command, flags->rows);
  AddBatchFlags(command, flags->batch);
  command.add_flag("--calibrated", flags->calibrated,
                   "Return calibrated probabilities: softmax at the temperature that was fitted on held-out rows");
  return [flags](const Console& console) { return Classify(*flags, console); };
}

}  // namespace ebm::client
