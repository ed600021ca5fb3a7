#include "client/cli/run_client.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "model/core/version.h"
#include "model/process/command_line.h"

namespace ebm::client {
namespace {

struct Command {
  const char* name;
  const char* help;
  CommandBody (*add)(CLI::App&);
};

constexpr Command kCommands[] = {
    {"classify", "Compute the class probabilities of each row", AddClassifyCommand},
    {"score", "Compute the log density of each row, and whether it is unlike the training data", AddScoreCommand},
    {"sample", "Draw new rows, streamed while the Markov chains run", AddSampleCommand},
    {"impute", "Fill the missing values of rows by draws given the known ones", AddImputeCommand},
    {"models", "Describe the models that the server serves; load, unload and watch versions", AddModelsCommand},
    {"health", "Say whether the server takes calls", AddHealthCommand},
    {"fetch", "Fetch a file, such as a model, from a path or by https, and check its digest", AddFetchCommand},
};

absl::Status ParseAndRun(std::vector<std::string> args, const Console& console) {
  CLI::App program("Command-line client of the server for energy-based models.", "ebm-client");
  program.require_subcommand(0, 1);
  const std::string version = absl::StrCat("ebm-client ", kVersion);
  program.set_version_flag("--version", version);
  program.footer("Exit status: 0, success; 1, the server refused the request or cannot be reached; 2, usage error.");
  std::vector<std::pair<const CLI::App*, CommandBody>> bodies;
  for (const Command& command : kCommands) {
    CLI::App* const subcommand = program.add_subcommand(command.name, command.help);
    bodies.emplace_back(subcommand, command.add(*subcommand));
  }
  try {
    ParseCommandLine(program, std::move(args));
  } catch (const CLI::CallForHelp&) {
    console.out << program.help();
    return absl::OkStatus();
  } catch (const CLI::CallForVersion&) {
    console.out << version << "\n";
    return absl::OkStatus();
  } catch (const CLI::ParseError& error) {
    return UsageError(absl::StrCat(error.what(), " (see --help)"));
  }
  const auto chosen = std::ranges::find_if(bodies, [](const auto& body) { return body.first->parsed(); });
  if (chosen == bodies.end()) return UsageError("a command is missing (see --help)");
  return chosen->second(console);
}

}  // namespace

int RunClient(std::vector<std::string> args, const Console& console) {
  absl::Status status;
  try {
    status = ParseAndRun(std::move(args), console);
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  }
  if (!status.ok()) console.err << ErrorLine(status) << std::endl;
  return ExitStatus(status);
}

}  // namespace ebm::client
