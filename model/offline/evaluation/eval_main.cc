// ebm-eval: measures a checkpoint on data, and writes a report as JSON and as one HTML page.
//
// Exit status: 0, reported; 1, an error of the system (a full disk, ...); 2, usage: a flag, a file or the data in it.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/refresh.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/output_file.h"
#include "model/networks/process_settings.h"
#include "model/offline/evaluation/evaluation_data.h"
#include "model/offline/evaluation/report.h"
#include "model/offline/evaluation/report_json.h"
#include "model/offline/evaluation/report_page.h"
#include "model/offline/program/program.h"
#include "model/process/run_program.h"

namespace {

struct Flags {
  std::string checkpoint;
  ebm::EvaluationDataOptions data;
  ebm::ReportOptions report;
  std::string json;
  std::string page;
  bool update_checkpoint = false;
  int threads = 0;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--checkpoint", flags.checkpoint, "the model, a .safetensors file")->required();
  app.add_option("--data", flags.data.data, ebm::DataHelp() + ". Columns with names are matched by name")->required();
  app.add_option("--labels", flags.data.labels, ebm::LabelsHelp("data"));
  ebm::AddHeaderFlag(app, flags.data.header);
  app.add_option("--split", flags.data.split,
                 "which rows of digits, fashion-mnist or CIFAR-10: test (default) or validation")
      ->check(CLI::IsMember({"test", "validation"}));
  app.add_option("--validation_data", flags.data.validation_data,
                 "labelled rows to fit a softmax temperature on, if the checkpoint is not calibrated (default for the "
                 "test split: the data set's own validation rows)");
  app.add_option("--validation_labels", flags.data.validation_labels, ebm::LabelsHelp("validation_data"))
      ->needs("--validation_data");
  app.add_option("--training_data", flags.data.training_data,
                 "the rows that the model was trained on, to look for copies among its samples: a name as for --data, "
                 "or a file");
  app.add_option("--outliers", flags.data.outliers, "NAME=FILE: rows that are not data; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--samples", flags.report.samples, "samples to draw from the model")
      ->check(CLI::Range(int64_t{1}, ebm::kMostSamples))
      ->capture_default_str();
  ebm::AddSeedFlag(app, "seed of all random numbers of the report", flags.report.seed);
  ebm::AddThreadsFlag(app, "compute threads (0: all cores); the results do not depend on their number", flags.threads);
  app.add_option("--report", flags.json, "the JSON file to write")->required();
  app.add_option("--page", flags.page, "the HTML file to write")->required();
  app.add_flag("--update_checkpoint", flags.update_checkpoint,
               "write the figures to the checkpoint's evaluation, as report_NAME");
}

absl::Status CheckOutputs(const Flags& flags) {
  const ebm::EvaluationDataOptions& data = flags.data;
  std::vector<std::string> inputs = {flags.checkpoint,       data.data,         data.labels, data.validation_data,
                                     data.validation_labels, data.training_data};
  for (const std::string& outliers : data.outliers) inputs.push_back(outliers.substr(outliers.find('=') + 1));
  EBM_RETURN_IF_ERROR(ebm::CheckApart(inputs, {flags.json, flags.page}));
  EBM_RETURN_IF_ERROR(ebm::CheckWritable(flags.json));
  EBM_RETURN_IF_ERROR(ebm::CheckWritable(flags.page));
  if (!flags.update_checkpoint) return absl::OkStatus();
  return ebm::CheckReplaceable(flags.checkpoint);
}

void SayResult(const ebm::Report& report) {
  for (const auto& [name, figure] : ebm::NamedFigures(report)) {
    std::cout << absl::StrFormat("%-58s %9.4f  [%.4f, %.4f]\n", name, figure.value, figure.lower, figure.upper);
  }
  for (const auto& [name, number] : ebm::NamedNumbers(report)) {
    std::cout << absl::StrFormat("%-58s %9.6g\n", name, number);
  }
}

absl::Status UpdateCheckpoint(const ebm::Report& report, const std::string& path, ebm::Checkpoint checkpoint) {
  EBM_RETURN_IF_ERROR(ebm::RefreshUnlessRetrained(path, checkpoint));
  ebm::AddToCheckpoint(report, checkpoint);
  return ebm::WriteCheckpoint(checkpoint, path);
}

absl::Status Evaluate(Flags flags) {
  EBM_RETURN_IF_ERROR(CheckOutputs(flags));
  EBM_ASSIGN_OR_RETURN(ebm::Checkpoint checkpoint, ebm::ReadCheckpoint(flags.checkpoint));
  EBM_ASSIGN_OR_RETURN(const ebm::EvaluationData data, ebm::LoadEvaluationData(flags.data, checkpoint.spec));
  ebm::PrepareProcess();
  flags.report.checkpoint_name = std::filesystem::path(flags.checkpoint).filename().string();
  flags.report.threads = ebm::ThreadsOrAllCores(flags.threads);
  EBM_ASSIGN_OR_RETURN(const ebm::Report report, ebm::MakeReport(checkpoint, data, flags.report));
  EBM_ASSIGN_OR_RETURN(const std::string page, ebm::ReportPage(report));
  SayResult(report);  // before anything that can fail
  const std::string json = ebm::ReportJson(report);
  absl::Status status = ebm::WriteFileBytes(json, flags.json);
  if (!status.ok()) std::cout << json << '\n';
  status.Update(ebm::WriteFileBytes(page, flags.page));
  if (flags.update_checkpoint) status.Update(UpdateCheckpoint(report, flags.checkpoint, std::move(checkpoint)));
  return status;
}

int Main(int argc, char** argv) {
  CLI::App app("Measures a checkpoint on data and writes a report as JSON and as a page of HTML.", "ebm-eval");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  return ebm::Finish(app, ebm::Guarded([&] { return Evaluate(std::move(flags)); }));
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-eval", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}
