#include "model/offline/program/program.h"

#include <atomic>
#include <csignal>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/core/exit_status.h"
#include "model/core/version.h"
#include "model/process/command_line.h"
#include "model/process/usable_cores.h"

namespace ebm {
namespace {

constexpr int kUsage = 2;
constexpr int kMostThreads = 1024;

std::atomic<bool> stop_requested = false;

void HandleSignal(int signal) {
  stop_requested = true;
  // A lost session can send SIGHUP twice.
  std::signal(signal, signal == SIGHUP ? SIG_IGN : SIG_DFL);
}

// CLI11 alone would accept -1 as the largest number. Empty if the text is valid.
std::string CheckSeed(const std::string& text) {
  uint64_t seed = 0;
  return absl::SimpleAtoi(text, &seed) ? "" : absl::StrCat("'", text, "' is not a whole number from 0 to 2^64 - 1");
}

void Say(const CLI::App& app, const std::string& problem) { std::cerr << app.get_name() << ": " << problem << '\n'; }

}  // namespace

void AddSeedFlag(CLI::App& app, const std::string& help, uint64_t& seed) {
  app.add_option("--seed", seed, help)->check(CLI::Validator(CheckSeed, "UINT"))->capture_default_str();
}

void AddThreadsFlag(CLI::App& app, const std::string& help, int& threads) {
  app.add_option("--threads", threads, help)->check(CLI::Range(0, kMostThreads))->capture_default_str();
}

int ThreadsOrAllCores(int threads) { return threads > 0 ? threads : UsableCores(); }

void AddHeaderFlag(CLI::App& app, CsvHeader& header) {
  app.add_option("--header", header, "whether CSV files begin with a line of names: auto, yes or no (default: auto)")
      ->transform(CLI::CheckedTransformer(CsvHeaders(), CLI::ignore_case).description(""));
}

std::string DataHelp() {
  return "'digits' (built in), 'fashion-mnist' (from its Debian package), CIFAR-10's folder cifar-10-batches-bin; or a "
         "CSV, NPY, NPZ or IDX file or one of CIFAR-10, also gzipped (-: standard input); or a folder of PNG and JPEG "
         "pictures of one size, with a subfolder for each class";
}

std::string LabelsHelp(const std::string& rows) {
  return absl::StrCat("labels of the rows of --", rows,
                      ", a word or whole number per row: CSV, NPY or IDX (default: those in --", rows, ")");
}

std::optional<int> ParseFlags(CLI::App& app, int argc, char** argv) {
  app.set_version_flag("--version", absl::StrCat(app.get_name(), " ", kVersion));
  try {
    ParseCommandLine(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    Say(app, error.what());
    return kUsage;
  }
  return std::nullopt;
}

void StopOnSignals() {
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  // A lost session; nohup ignores it.
  if (std::signal(SIGHUP, HandleSignal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

bool StopRequested() { return stop_requested.load(); }

int Finish(const CLI::App& app, const absl::Status& status) {
  if (!status.ok()) Say(app, std::string(status.message()));
  return ExitStatusOf(status);
}

}  // namespace ebm
