#include "model/offline/train/metrics_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "model/io/atomic_file.h"

namespace ebm {
namespace {

std::string Header() {
  std::string header;
  for (const auto& [name, value] : NamedMetrics({})) absl::StrAppend(&header, header.empty() ? "" : ",", name);
  return header;
}

size_t ColumnOf(absl::string_view name) {
  const auto names = NamedMetrics({});
  return std::ranges::find_if(names, [&](const auto& column) { return column.first == name; }) - names.begin();
}

double CellOf(const std::vector<absl::string_view>& cells, size_t column) {
  double value = 0;
  if (column < cells.size() && absl::SimpleAtod(cells[column], &value)) return value;
  return std::numeric_limits<double>::quiet_NaN();
}

absl::Status WriteError(const std::string& path) { return absl::ErrnoToStatus(errno, absl::StrCat("writing ", path)); }

}  // namespace

std::vector<std::pair<std::string, double>> NamedMetrics(const EpochMetrics& metrics) {
  return {{"epoch", static_cast<double>(metrics.epoch)},
          {"seconds", metrics.seconds},
          {"learning_rate", metrics.learning_rate},
          {"train_error", metrics.train_error},
          {"train_cross_entropy", metrics.train_cross_entropy},
          {"train_generative", metrics.train_generative},
          {"train_log_density", metrics.data_log_density},
          {"chain_log_density", metrics.chain_log_density},
          {"chain_acceptance", metrics.chain_acceptance},
          {"validation_error", metrics.validation_error},
          {"validation_cross_entropy", metrics.validation_cross_entropy},
          {"validation_calibration_error", metrics.validation_calibration_error},
          {"validation_generative", metrics.validation_generative},
          {"validation_loss", metrics.validation_loss},
          {"best", metrics.best ? 1.0 : 0.0}};
}

absl::Status MetricsFile::Start(const std::string& path, int64_t epochs_to_keep) {
  std::vector<std::string> kept;
  if (std::ifstream in(path); epochs_to_keep > 0 && in) {
    std::string line;
    std::getline(in, line);  // the old header
    while (static_cast<int64_t>(kept.size()) < epochs_to_keep && std::getline(in, line)) kept.push_back(line);
  }
  std::string text = Header() + '\n';
  for (const std::string& line : kept) absl::StrAppend(&text, line, "\n");
  return WriteFileAtomically(text, path);
}

absl::Status MetricsFile::Append(const std::string& path, const EpochMetrics& metrics) {
  std::string line;
  for (const auto& [name, value] : NamedMetrics(metrics)) {
    absl::StrAppendFormat(&line, "%s%.9g", line.empty() ? "" : ",", value);
  }
  std::ofstream out(path, std::ios::app);
  out << line << '\n';
  out.flush();
  return out ? absl::OkStatus() : WriteError(path);
}

LossHistory MetricsFile::ReadLosses(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);  // the header
  const size_t train = ColumnOf("train_cross_entropy");
  const size_t validation = ColumnOf("validation_cross_entropy");
  const size_t generative = ColumnOf("validation_generative");
  LossHistory history;
  while (std::getline(in, line)) {
    const std::vector<absl::string_view> cells = absl::StrSplit(line, ',');
    history.train_cross_entropy.push_back(CellOf(cells, train));
    history.validation_cross_entropy.push_back(CellOf(cells, validation));
    history.validation_generative.push_back(CellOf(cells, generative));
  }
  return history;
}

}  // namespace ebm
