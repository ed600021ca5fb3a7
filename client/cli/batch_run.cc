#include "client/cli/batch_run.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/gap_cost.h"
#include "client/cli/interrupt.h"
#include "client/cli/progress_bar.h"
#include "client/cli/result_file.h"
#include "client/cli/row_stream.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"
#include "model/io/output_file.h"
#include "model/process/command_line.h"
#include "nlohmann/json.hpp"

namespace ebm::client {
namespace {

constexpr std::chrono::seconds kKeepInterval(1);
constexpr int64_t kMostInFlight = 64;

std::optional<ResultFileKind> KindOf(const std::string& path) {
  if (absl::EndsWith(path, ".npy")) return ResultFileKind::kNpy;
  if (absl::EndsWith(path, ".csv")) return ResultFileKind::kCsv;
  return std::nullopt;
}

absl::Status CheckBatchFlags(const RowQuestionFlags& flags, const BatchFlags& batch) {
  if (flags.pictures) return UsageError("--pictures: cannot be combined with --output");
  if (!KindOf(batch.output)) {
    return UsageError(absl::StrCat("--output: '", batch.output, "' ends in neither .npy nor .csv"));
  }
  const absl::Status replaceable = CheckReplaceable(batch.output);
  return replaceable.ok() ? absl::OkStatus() : UsageError(absl::StrCat("--output: ", replaceable.message()));
}

// One request that is in flight. The last one of a part of the input has the place behind it.
struct InFlight {
  int64_t first_row = 0;
  std::future<absl::StatusOr<MatrixBuffer>> answer;
  std::optional<InputPlace> place_behind;
};

absl::Status Differs(absl::string_view what, const std::string& before, const std::string& now) {
  return UsageError(absl::StrCat("--resume: the rows so far are answers with ", what, " '", before, "', and not with '",
                                 now, "'; omit --resume to begin anew"));
}

class BatchRun {
 public:
  BatchRun(const Client& client, const ModelDescription& model, const BatchQuestion& question, RowStream& stream,
           ResultFile& file, const ResultFormat& format)
      : client_(client), model_(model), question_(question), stream_(stream), file_(file), format_(format) {}

  absl::Status Run(ResultRecord& record, const RowQuestionFlags& flags, const BatchFlags& batch,
                   const Console& console) {
    if (console.err_is_terminal) bar_.emplace(console.err, std::chrono::steady_clock::now(), stream_.share_done());
    const absl::Status status = AskAll(record, MostRowsPerRequest(model_.num_values(), flags.rows_per_request), batch);
    if (bar_) bar_->Clear();
    return status;
  }

 private:
  // Once no more rows can be asked about, the answers in flight are still taken.
  absl::Status AskAll(ResultRecord& record, int64_t most_rows, const BatchFlags& batch) {
    const InterruptNote interrupt;
    absl::Status asked;
    while (true) {
      if (asked.ok() && interrupt.requested()) asked = absl::CancelledError("interrupted");
      if (asked.ok()) asked = AskUpTo(batch.in_flight, most_rows);
      if (in_flight_.empty()) return asked;
      EBM_RETURN_IF_ERROR(TakeFirst(record));
    }
  }

  absl::Status AskUpTo(int64_t most_in_flight, int64_t most_rows) {
    while (std::ssize(in_flight_) < most_in_flight && !at_end_) {
      const int64_t first = stream_.place().rows;
      EBM_ASSIGN_OR_RETURN(MatrixBuffer rows, stream_.Next(most_rows));
      at_end_ = rows.rows() == 0;
      if (!at_end_) AskPart(first, std::make_shared<const MatrixBuffer>(std::move(rows)));
    }
    return absl::OkStatus();
  }

  // Rows with many gaps take several requests.
  void AskPart(int64_t first, const std::shared_ptr<const MatrixBuffer>& rows) {
    const ModelSelector selector = {model_.identity.name, model_.identity.version};
    for (int64_t begin = 0; begin < rows->rows();) {
      const int64_t count = CountThatFit(model_, rows->view().rows_from(begin, rows->rows() - begin));
      const auto ask = [this, rows, begin, count, selector] {
        return question_.ask(client_, selector, rows->view().rows_from(begin, count));
      };
      in_flight_.push_back({.first_row = first + begin, .answer = std::async(std::launch::async, ask)});
      begin += count;
    }
    in_flight_.back().place_behind = stream_.place();
  }

  absl::Status TakeFirst(ResultRecord& record) {
    InFlight first = std::move(in_flight_.front());
    in_flight_.pop_front();
    const absl::StatusOr<MatrixBuffer> answer = first.answer.get();
    if (!answer.ok()) return InRowsOfInput(answer.status(), first.first_row);
    EBM_RETURN_IF_ERROR(file_.Append(format_.Rows(answer->view())));
    if (!first.place_behind.has_value()) return absl::OkStatus();
    record.place = *std::move(first.place_behind);
    record.output_bytes = file_.bytes();
    const auto now = std::chrono::steady_clock::now();
    if (bar_) bar_->Show(stream_.share_done(), absl::StrCat(record.place.rows, " rows"), now);
    if (now - kept_ < kKeepInterval) return absl::OkStatus();
    kept_ = now;
    return file_.Keep(record);
  }

  const Client& client_;
  const ModelDescription& model_;
  const BatchQuestion& question_;
  RowStream& stream_;
  ResultFile& file_;
  const ResultFormat& format_;
  std::optional<ShareProgressBar> bar_;
  std::deque<InFlight> in_flight_;
  bool at_end_ = false;
  std::chrono::steady_clock::time_point kept_;  // so that the first answer is kept at once
};

// The earlier run to go on with; nothing to begin anew.
absl::StatusOr<std::optional<ResultRecord>> EarlierRun(const RowQuestionFlags& flags, const BatchFlags& batch,
                                                       const Console& console) {
  if (!batch.resume) return std::nullopt;
  EBM_ASSIGN_OR_RETURN(const std::optional<ResultRecord> record, AsUsage(ResultFile::Unfinished(batch.output)));
  if (!record.has_value()) {
    console.err << "nothing to resume at " << batch.output << "; beginning with the first row\n";
    return record;
  }
  const ModelSelector& asked = flags.connection.model;
  if (!asked.name.empty() && asked.name != record->model) return Differs("model", record->model, asked.name);
  if (!asked.version.empty() && asked.version != record->version) {
    return Differs("version", record->version, asked.version);
  }
  return record;
}

std::string DigestOfTraining(const ModelDescription& model) {
  std::string text;
  for (const auto& [name, value] : model.provenance) absl::StrAppend(&text, name, "=", value, "\n");
  for (const auto& [name, value] : model.evaluation) absl::StrAppend(&text, name, "=", value, "\n");
  return Sha256Hex(text);
}

absl::StatusOr<ResultFile> OpenOutput(const BatchFlags& batch, const std::optional<ResultRecord>& earlier,
                                      const ResultFormat& format, RowStream& stream, ResultRecord& record,
                                      const Console& console) {
  if (!earlier.has_value()) return AsUsage(ResultFile::Begin(batch.output, format.Header(0)));
  if (earlier->question != record.question) return Differs("the question", earlier->question, record.question);
  if (earlier->training != record.training) {
    return Differs("the training of the model", earlier->training, record.training);
  }
  EBM_RETURN_IF_ERROR(stream.Skip(earlier->place));
  console.err << "resuming behind row " << earlier->place.rows << ", up to which " << batch.output
              << ".partial has the answers\n";
  record = *earlier;
  return AsUsage(ResultFile::Continue(batch.output, *earlier));
}

void PrintSummary(const ResultRecord& record, const RowQuestionFlags& flags, const BatchFlags& batch,
                  const ResultFormat& format, const Console& console) {
  if (flags.connection.format == OutputFormat::kJson) {
    const nlohmann::ordered_json summary = {{"rows", record.place.rows},
                                            {"model", record.model},
                                            {"version", record.version},
                                            {"output", batch.output},
                                            {"columns", format.Text()}};
    console.out << summary.dump() << "\n";
    return;
  }
  console.out << record.place.rows << (record.place.rows == 1 ? " row" : " rows") << " answered by " << record.model
              << " " << record.version << "\ncolumns: " << format.Text() << "\nwritten to " << batch.output << "\n";
}

// What was answered is kept. The error says how to go on.
absl::Status KeepRest(const absl::Status& error, const ResultRecord& record, ResultFile& file) {
  const absl::Status kept = file.Keep(record);
  const std::string note = kept.ok() ? absl::StrCat("; the answers of ", record.place.rows,
                                                    " rows are kept, and --resume goes on behind them")
                                     : absl::StrCat("; ", kept.message());
  absl::Status status(error.code(), absl::StrCat(error.message(), note));
  error.ForEachPayload(
      [&status](absl::string_view type, const absl::Cord& payload) { status.SetPayload(type, payload); });
  return status;
}

}  // namespace

CLI::Option* AddBatchFlags(CLI::App& command, BatchFlags& flags) {
  auto* const output = command
                           .add_option("--output", flags.output,
                                       "Write the answers to this file instead of printing them: .npy with named "
                                       "fields, or .csv. For files of many rows: they are read and answered in parts")
                           ->type_name("FILE");
  command
      .add_flag("--resume", flags.resume,
                "Go on with an --output that was interrupted, after checking that input and question are the same")
      ->needs(output);
  command.add_option("--in_flight", flags.in_flight, "Requests at a time with --output")
      ->type_name("N")
      ->transform(WholeNumber(1, kMostInFlight))
      ->capture_default_str()
      ->needs(output);
  return output;
}

absl::Status RunBatch(const RowQuestionFlags& flags, const BatchFlags& batch,
                      const std::function<absl::StatusOr<BatchQuestion>(const ModelDescription&)>& question_for,
                      const Console& console) {
  EBM_RETURN_IF_ERROR(CheckBatchFlags(flags, batch));
  EBM_ASSIGN_OR_RETURN(const std::optional<ResultRecord> earlier, EarlierRun(flags, batch, console));
  EBM_ASSIGN_OR_RETURN(const Client client, Connect(flags.connection));
  const ModelSelector selector =
      earlier.has_value() ? ModelSelector{earlier->model, earlier->version} : flags.connection.model;
  EBM_ASSIGN_OR_RETURN(const ModelDescription model, client.GetModel(selector));
  EBM_ASSIGN_OR_RETURN(const BatchQuestion question, question_for(model));
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<RowStream> stream, OpenRows(flags.input, model));
  const ResultFormat format(*KindOf(batch.output), question.columns);
  ResultRecord record = {.question = absl::StrCat(question.text, ": ", format.Text()),
                         .model = model.identity.name,
                         .version = model.identity.version,
                         .training = DigestOfTraining(model)};
  EBM_ASSIGN_OR_RETURN(ResultFile file, OpenOutput(batch, earlier, format, *stream, record, console));
  record.output_bytes = file.bytes();
  if (!earlier.has_value()) record.place = stream->place();
  BatchRun run(client, model, question, *stream, file, format);
  const absl::Status status = run.Run(record, flags, batch, console);
  if (!status.ok()) return KeepRest(status, record, file);
  EBM_RETURN_IF_ERROR(file.Finish(format.Header(record.place.rows)));
  PrintSummary(record, flags, batch, format, console);
  return absl::OkStatus();
}

}  // namespace ebm::client
