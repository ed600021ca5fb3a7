#include "model/train/metrics_file.h"

#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ebm {
namespace {

std::string Header() {
  std::string header;
  for (const auto& [name, value] : NamedMetrics({})) absl::StrAppend(&header, header.empty() ? "" : ",", name);
  return header;
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
  std::ofstream out(path, std::ios::trunc);
  out << Header() << '\n';
  for (const std::string& line : kept) out << line << '\n';
  out.flush();
  return out ? absl::OkStatus() : WriteError(path);
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

}  // namespace ebm
