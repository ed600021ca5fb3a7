#include "client/cli/row_question.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/command_status.h"
#include "client/cli/gap_cost.h"
#include "client/cli/picture_shape.h"
#include "client/flags/model_flags.h"
#include "model/core/status_macros.h"
#include "model/offline/data/digits.h"
#include "model/process/command_line.h"

namespace ebm::client {
namespace {

// How the server's errors about a row begin.
constexpr absl::string_view kRowPrefix = "inputs: row ";

}  // namespace

void AddRowQuestionFlags(CLI::App& command, RowQuestionFlags& flags) {
  AddConnectionFlags(command, flags.connection);
  AddModelFlags(command, flags.connection.model);
  CLI::Option_group* const input = command.add_option_group("Input", "The rows: exactly one of these");
  auto* const file =
      input
          ->add_option(
              "--input", flags.input.file,
              "CSV, NPY, NPZ or IDX, also gzipped, with the model's values in each row and optionally a label; or a "
              "PNG or JPEG picture, a folder of such pictures with or without a subfolder for each class, or a file of "
              "CIFAR-10; -: standard input. Columns with names are matched by name")
          ->type_name("PATH");
  input->add_option("--digit", flags.input.digit, "One row of the embedded digits")
      ->type_name("ROW")
      ->transform(WholeNumber(0, kDigitsRows - 1));
  input->add_option("--digits", flags.input.digits, "Rows of the embedded digits")->type_name("FIRST:COUNT");
  input->require_option(1);
  command
      .add_option("--labels", flags.input.labels,
                  "The true class of each row of --input, if it is not in a column of it")
      ->type_name("FILE")
      ->needs(file);
  command.add_option("--header", flags.input.header, "Whether the CSV file begins with a line of names (auto)")
      ->type_name("auto|yes|no")
      ->transform(CLI::CheckedTransformer(CsvHeaders(), CLI::ignore_case).description(""))
      ->needs(file);
  command.add_option("--rows_per_request", flags.rows_per_request, "Most rows per request to the server")
      ->type_name("N")
      ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()))
      ->capture_default_str();
  command.add_flag("--pictures", flags.pictures, "Also draw each input with its answer (table format only)");
}

absl::StatusOr<RowQuestion> PrepareRowQuestion(const RowQuestionFlags& flags, LabelUse use) {
  EBM_ASSIGN_OR_RETURN(RawInput input, ReadInput(flags.input));
  EBM_ASSIGN_OR_RETURN(Client client, Connect(flags.connection));
  EBM_ASSIGN_OR_RETURN(ModelDescription model, client.GetModel(flags.connection.model));
  EBM_ASSIGN_OR_RETURN(LabelledData data, FitToModel(std::move(input), model, use));
  return RowQuestion{std::move(client), std::move(model), std::move(data)};
}

absl::Status InRowsOfInput(const absl::Status& status, int64_t first) {
  absl::string_view rest = status.message();
  if (!absl::ConsumePrefix(&rest, kRowPrefix)) return status;
  const absl::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
  int64_t row = 0;
  if (!absl::SimpleAtoi(digits, &row)) return status;
  return absl::Status(status.code(), absl::StrCat(kRowPrefix, first + row, rest.substr(digits.size())));
}

int64_t MostRowsPerRequest(int64_t values_per_row, int64_t rows_per_request) {
  const int64_t row_bytes = std::max<int64_t>(1, values_per_row * static_cast<int64_t>(sizeof(float)));
  return std::clamp<int64_t>(kMostRequestBytes / row_bytes, 1, rows_per_request);
}

absl::Status ForEachRequest(const RowQuestion& question, int64_t rows_per_request,
                            const std::function<absl::Status(int64_t, ConstMatrix)>& ask) {
  const ConstMatrix rows = question.data.rows.view();
  const int64_t most = MostRowsPerRequest(rows.cols(), rows_per_request);
  for (int64_t first = 0; first < rows.rows();) {
    const int64_t rest = std::min(most, rows.rows() - first);
    const int64_t count = CountThatFit(question.model, rows.rows_from(first, rest));
    const absl::Status status = ask(first, rows.rows_from(first, count));
    if (!status.ok()) return InRowsOfInput(status, first);
    first += count;
  }
  return absl::OkStatus();
}

absl::Status DrawRows(const RowQuestion& question, std::span<const std::string> captions, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const GalleryLayout layout, AsUsage(GalleryLayoutFor(question.model, console)));
  const ConstMatrix drawn = question.data.rows.view().rows_from(0, std::ssize(captions));
  console.out << DrawGallery(drawn, captions, layout);
  return absl::OkStatus();
}

}  // namespace ebm::client
