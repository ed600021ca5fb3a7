#include "client/cli/row_question.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "client/cli/command_status.h"
#include "client/cli/flag_checks.h"
#include "client/cli/picture_shape.h"
#include "model/core/status_macros.h"
#include "model/offline/data/digits.h"
#include "model/offline/program/command_line.h"

namespace ebm::client {

void AddRowQuestionFlags(CLI::App& command, RowQuestionFlags& flags) {
  AddConnectionFlags(command, flags.connection);
  AddModelFlags(command, flags.connection);
  CLI::Option_group* const input = command.add_option_group("Input", "The rows: exactly one of these");
  auto* const file =
      input
          ->add_option("--input", flags.input.file,
                       "CSV, NPY or IDX, also gzipped, with D values per row and optionally a label; or a PNG with one "
                       "picture; -: standard input")
          ->type_name("FILE");
  input->add_option("--digit", flags.input.digit, "One row of the embedded digits")
      ->type_name("ROW")
      ->transform(WholeNumber(0, kDigitsRows - 1));
  input->add_option("--digits", flags.input.digits, "Rows of the embedded digits")->type_name("FIRST:COUNT");
  input->require_option(1);
  command
      .add_option("--labels", flags.input.labels,
                  "The true class of each row of --input, if it is not in the last column")
      ->type_name("FILE")
      ->needs(file);
  command.add_option("--rows_per_request", flags.rows_per_request, "Rows per request to the server")
      ->type_name("N")
      ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()))
      ->capture_default_str();
  command.add_flag("--pictures", flags.pictures, "Also draw each input with its answer (table format only)");
}

absl::StatusOr<RowQuestion> PrepareRowQuestion(const RowQuestionFlags& flags) {
  EBM_ASSIGN_OR_RETURN(RawInput input, ReadInput(flags.input));
  Client client = Connect(flags.connection);
  EBM_ASSIGN_OR_RETURN(ModelDescription model, client.GetModel(flags.connection.model));
  EBM_ASSIGN_OR_RETURN(LabelledData data, FitToModel(std::move(input), model));
  return RowQuestion{std::move(client), std::move(model), std::move(data)};
}

absl::Status ForEachRequest(ConstMatrix rows, int64_t rows_per_request,
                            const std::function<absl::Status(int64_t, ConstMatrix)>& ask) {
  for (int64_t first = 0; first < rows.rows(); first += rows_per_request) {
    const int64_t count = std::min(rows_per_request, rows.rows() - first);
    EBM_RETURN_IF_ERROR(ask(first, rows.rows_from(first, count)));
  }
  return absl::OkStatus();
}

absl::Status DrawRows(const RowQuestion& question, std::span<const std::string> captions, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const GalleryLayout layout, AsUsage(GalleryLayoutFor(question.model, console)));
  console.out << DrawGallery(question.data.rows.view(), captions, layout);
  return absl::OkStatus();
}

}  // namespace ebm::client
