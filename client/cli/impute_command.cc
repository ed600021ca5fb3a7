#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "client/cli/gap_cost.h"
#include "client/cli/imputation.h"
#include "client/cli/json_output.h"
#include "client/cli/row_question.h"
#include "client/cli/sample_assembly.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/process/command_line.h"
#include "model/scoring/missing_values.h"

namespace ebm::client {
namespace {

constexpr uint32_t kDrawsOfABestValue = 32;
// The server's default limits (server/inference/request_limits.h).
constexpr int64_t kMostChainsPerRequest = 1024;
constexpr int64_t kMostChainSteps = 2'000'000;

struct ImputeFlags {
  RowQuestionFlags rows;
  std::optional<uint32_t> draws;  // unset: the best value of each gap
  std::optional<uint32_t> steps;
  uint64_t seed = 0;
  std::string output;
};

// Rows that lack the same values.
struct Pattern {
  std::vector<uint8_t> held;  // [C], 1 for values that are known
  std::vector<int64_t> rows;
};

std::vector<Pattern> PatternsOf(ConstMatrix rows) {
  std::map<std::string, std::vector<int64_t>> rows_of;  // by one character per value
  for (int64_t i = 0; i < rows.rows(); ++i) {
    if (!HasMissing(rows.row(i))) continue;
    std::string held;
    for (const float value : rows.row(i)) held += std::isnan(value) ? '\0' : '\1';
    rows_of[held].push_back(i);
  }
  std::vector<Pattern> patterns;
  patterns.reserve(rows_of.size());
  for (auto& [held, members] : rows_of) patterns.push_back({{held.begin(), held.end()}, std::move(members)});
  return patterns;
}

// Asks for the missing values, request by request.
class Imputation {
 public:
  Imputation(const RowQuestion& question, const ImputeFlags& flags)
      : question_(question),
        flags_(flags),
        draws_(flags.draws.value_or(kDrawsOfABestValue)),
        completed_(static_cast<size_t>(question.data.rows.rows())) {}

  absl::Status Run() {
    for (const Pattern& pattern : PatternsOf(question_.data.rows.view())) {
      const int64_t most = MostRows(pattern);
      for (int64_t first = 0; first < std::ssize(pattern.rows); first += most) {
        const auto count = static_cast<size_t>(std::min(most, std::ssize(pattern.rows) - first));
        EBM_RETURN_IF_ERROR(Ask(pattern.held, std::span(pattern.rows).subspan(first, count)));
      }
    }
    return absl::OkStatus();
  }

  // The completed row, or its draws: [1 or draws, C]. Complete rows are returned as they are.
  ConstMatrix Completed(int64_t row) const {
    const MatrixBuffer& found = completed_[static_cast<size_t>(row)];
    return found.rows() > 0 ? found.view() : question_.data.rows.view().rows_from(row, 1);
  }

 private:
  int64_t MostChains() const {
    const auto default_steps =
        question_.model.sampler_defaults.has_value() ? question_.model.sampler_defaults->steps : 1;
    const int64_t steps = flags_.steps.value_or(default_steps);
    const int64_t chain_bytes = question_.data.rows.cols() * static_cast<int64_t>(sizeof(float));
    const int64_t most = std::min(kMostChainsPerRequest, kMostRequestBytes / std::max<int64_t>(1, chain_bytes));
    return std::max<int64_t>(1, std::min(most, kMostChainSteps / std::max<int64_t>(1, steps)));
  }

  int64_t MostRows(const Pattern& pattern) const {
    const double operations = CostOf(question_.model, question_.data.rows.view().row(pattern.rows.front())).operations;
    const int64_t most = std::min(flags_.rows.rows_per_request, MostChains() / draws_);
    return std::max<int64_t>(1, std::min(most, static_cast<int64_t>(kMostCompletionOperations / operations)));
  }

  // For the chains [first, first + count) of the rows, each of which has draws_ of them.
  SampleRequest RequestFor(const std::vector<uint8_t>& held, std::span<const int64_t> rows, int64_t first,
                           int64_t count) const {
    SampleRequest request = {.model = question_.selector(), .seed = flags_.seed, .held_coordinates = held};
    request.chains = static_cast<uint32_t>(count);
    request.first_chain = next_chain_;
    request.start_states = MatrixBuffer(count, question_.data.rows.cols());
    for (int64_t chain = 0; chain < count; ++chain) {
      const int64_t row = rows[static_cast<size_t>((first + chain) / draws_)];
      std::ranges::copy(question_.data.rows.view().row(row), request.start_states.row(chain).begin());
    }
    if (flags_.steps.has_value() && question_.model.sampler_defaults.has_value()) {
      request.sampler = question_.model.sampler_defaults;
      request.sampler->start = ChainStart::kGiven;
      request.sampler->steps = *flags_.steps;
    }
    return request;
  }

  absl::Status Ask(const std::vector<uint8_t>& held, std::span<const int64_t> rows) {
    const int64_t width = question_.data.rows.cols();
    MatrixBuffer drawn(std::ssize(rows) * draws_, width);
    for (int64_t first = 0; first < drawn.rows();) {
      const int64_t count = std::min(MostChains(), drawn.rows() - first);
      const SampleRequest request = RequestFor(held, rows, first, count);
      next_chain_ += request.chains;
      SampleAssembly samples(request.chains, width);
      EBM_ASSIGN_OR_RETURN(const SampleSummary summary,
                           question_.client.Sample(request, [&](const SampleFrame& frame) { samples.Add(frame); }));
      EBM_RETURN_IF_ERROR(samples.Finish(summary));
      if (!summary.diverged_chains.empty()) {
        return absl::OutOfRangeError(absl::StrCat("row ",
                                                  rows[(first + summary.diverged_chains.front().chain) / draws_],
                                                  ": a chain diverged; the model's sampler settings do not suit it"));
      }
      std::ranges::copy(samples.states().values(), drawn.row(first).begin());
      first += count;
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      Keep(rows[i], std::as_const(drawn).view().rows_from(static_cast<int64_t>(i) * draws_, draws_));
    }
    return absl::OkStatus();
  }

  void Keep(int64_t row, ConstMatrix draws) {
    MatrixBuffer& kept = completed_[static_cast<size_t>(row)];
    if (flags_.draws.has_value()) {
      kept = WithinRanges(question_.model, question_.data.rows.view().row(row), draws);
      return;
    }
    const std::span<const float> given = question_.data.rows.view().row(row);
    const MatrixBuffer drawn = WithinRanges(question_.model, given, draws);
    std::vector<float> best = BestValues(question_.model, drawn.view());
    for (size_t i = 0; i < best.size(); ++i) best[i] = std::isnan(given[i]) ? best[i] : given[i];
    kept = MatrixBuffer(std::move(best), 1, draws.cols());
  }

  const RowQuestion& question_;
  const ImputeFlags& flags_;
  const int64_t draws_;
  uint32_t next_chain_ = 0;
  std::vector<MatrixBuffer> completed_;  // [n], without rows for complete rows
};

std::string CsvOf(const RowQuestion& question, const ImputeFlags& flags, const Imputation& imputation) {
  const std::string header = CsvHeaderOf(question.model);
  std::string text;
  if (!header.empty()) absl::StrAppend(&text, flags.draws.has_value() ? "row,draw," : "", header, "\n");
  for (int64_t row = 0; row < question.data.rows.rows(); ++row) {
    const ConstMatrix completed = imputation.Completed(row);
    for (uint32_t draw = 0; draw < flags.draws.value_or(1); ++draw) {
      if (flags.draws.has_value()) absl::StrAppend(&text, row, ",", draw, ",");
      absl::StrAppend(&text, CsvRow(question.model, completed.row(completed.rows() == 1 ? 0 : draw)), "\n");
    }
  }
  return text;
}

std::string JsonOf(const RowQuestion& question, const ImputeFlags& flags, const Imputation& imputation) {
  std::string text;
  for (int64_t row = 0; row < question.data.rows.rows(); ++row) {
    absl::StrAppend(&text,
                    ImputationJson(row, question.data.rows.view().row(row), imputation.Completed(row),
                                   flags.draws.has_value() ? CompletedAs::kDraws : CompletedAs::kBestValues),
                    "\n");
  }
  return text;
}

std::string SummaryOf(ConstMatrix rows) {
  int64_t with_gaps = 0;
  int64_t gaps = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const int64_t missing = std::ranges::count_if(rows.row(i), [](float value) { return std::isnan(value); });
    with_gaps += missing > 0 ? 1 : 0;
    gaps += missing;
  }
  return absl::StrFormat("filled %d missing values in %d of %d rows", gaps, with_gaps, rows.rows());
}

absl::Status Impute(const ImputeFlags& flags, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const RowQuestion question, PrepareRowQuestion(flags.rows, LabelUse::kIgnored));
  if (!question.model.accepts_missing_values) {
    return absl::FailedPreconditionError(
        absl::StrCat("model ", question.model.identity.name, " has no base density, which missing values need"));
  }
  Imputation imputation(question, flags);
  EBM_RETURN_IF_ERROR(imputation.Run());
  const bool json = flags.rows.connection.format == OutputFormat::kJson;
  const std::string text = json ? JsonOf(question, flags, imputation) : CsvOf(question, flags, imputation);
  const std::string summary = SummaryOf(question.data.rows.view());
  if (flags.output.empty()) {
    console.out << text;
    console.err << summary << "\n";
    return absl::OkStatus();
  }
  std::signal(SIGPIPE, SIG_IGN);  // if the output is a pipe without a reader, that is an error and not the end
  EBM_RETURN_IF_ERROR(WriteFileBytes(text, flags.output));
  console.out << summary << "\nwritten to " << flags.output << "\n";
  return absl::OkStatus();
}

}  // namespace

CommandBody AddImputeCommand(CLI::App& command) {
  const auto flags = std::make_shared<ImputeFlags>();
  AddRowQuestionFlags(command, flags->rows);
  command
      .add_option("--draws", flags->draws,
                  "Write each row this many times, each with other draws of its missing values, instead of once with "
                  "their best values")
      ->type_name("N")
      ->transform(WholeNumber(1, kMostChainsPerRequest));
  command.add_option("--steps", flags->steps, "Steps of the chains (default: the model's)")
      ->type_name("N")
      ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()));
  command.add_option("--seed", flags->seed, "Seed of the chains")->type_name("N")->capture_default_str();
  command.add_option("--output", flags->output, "Write to this file instead of standard output")->type_name("FILE");
  command.footer(
      "Missing values (empty, NA, NaN or ?) are drawn by chains that hold the known ones. Without --draws, a value is "
      "the mean of 32 draws, rounded for whole numbers, or the most frequent one for categories. Whole numbers are "
      "within "
      "the range of the training data. The output is CSV with the model's columns in their order, or with "
      "--format=json one line per row. Labels are ignored.");
  return [flags](const Console& console) { return Impute(*flags, console); };
}

}  // namespace ebm::client
