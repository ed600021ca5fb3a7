// ebm-server: serves models over gRPC until SIGTERM or SIGINT.
//
// Exit status: 0 after a drain; 1 if it cannot start; 2 for wrong usage, including a wrong configuration and a missing
// or damaged checkpoint; 128 + N if signal N ended it during the drain.

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ebm/config/v1/server_config.pb.h"
#include "model/core/exit_status.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"
#include "model/process/command_line.h"
#include "model/process/run_program.h"
#include "server/batching/time_slice.h"
#include "server/config/flags.h"
#include "server/config/server_config.h"
#include "server/config_source.h"
#include "server/server_process.h"
#include "server/signals.h"

namespace ebm {
namespace {

constexpr int kThreadsOfGrpc = 16;

enum class Task { kServe, kPrintConfig };

struct CommandLine {
  ConfigSource source;
  Task task = Task::kServe;
};

// The exit status if the program should end now: after --help or --version, or for wrong usage.
std::optional<int> ParseFlags(int argc, char** argv, CommandLine* line) {
  CLI::App app("Serves energy-based models over gRPC: Classify, Score, Sample.", "ebm-server");
  app.set_version_flag("--version", absl::StrCat("ebm-server ", kVersion));
  app.add_option(
      "--config", line->source.file,
      "A file of settings in Protobuf's text format, each named as its flag; flags count more. SIGHUP reads it "
      "again");
  app.add_flag_callback(
      "--print_config", [line] { line->task = Task::kPrintConfig; },
      "Print the settings that the server would have, and end");
  config::AddFlags(&app, &line->source.flags);
  try {
    ParseCommandLine(app, argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << "ebm-server: " << error.what() << "\n";
    return 2;
  }
  return std::nullopt;
}

absl::Status Run(const CommandLine& line) {
  EBM_ASSIGN_OR_RETURN(const config::v1::ServerConfig config, ReadConfig(line.source));
  if (line.task == Task::kPrintConfig) {
    std::cout << config::PrintConfig(config);
    return absl::OkStatus();
  }
  if (!line.source.file.empty()) AcceptHangUp();
  RequireThreads(kThreadsOfGrpc);
  // By default there are eight heaps per core, and each keeps some memory of the models that were loaded there.
  mallopt(M_ARENA_MAX, std::max(2, config.workers()));
  ServerProcess process(line.source, config);
  EBM_RETURN_IF_ERROR(process.Start());
  process.Run();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  // Without this, gRPC logs many lines if the port is taken. Serve returns the error as a status, which is printed
  // once.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  BlockSignals();
  batching::SetTimeSlice(batching::kShortTimeSlice);  // of all threads but the compute threads
  CommandLine line;
  if (const std::optional<int> exit_status = ParseFlags(argc, argv, &line)) return *exit_status;
  const absl::Status status = Run(line);
  if (!status.ok()) std::cerr << "ebm-server: " << status.message() << "\n";
  return ExitStatusOf(status);
}

}  // namespace
}  // namespace ebm

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-server", ebm::ReaderGone::kIsIgnored, [&] { return ebm::Main(argc, argv); });
}
