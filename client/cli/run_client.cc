#include "client/cli/run_client.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"

namespace ebm::client {
namespace {

struct Command {
  const char* name;
  const char* help;
  CommandBody (*add)(CLI::App&);
};

constexpr Command kCommands[] = {
    {"classify", "Which class is each row?", AddClassifyCommand},
    {"score", "How probable is each row; is it out of the training distribution?", AddScoreCommand},
    {"sample", "Draw new rows, streamed while the Markov chains run", AddSampleCommand},
    {"models", "What does the server serve?", AddModelsCommand},
};

absl::Status ParseAndRun(std::vector<std::string> args, const Console& console) {
  CLI::App program("Asks a server for energy-based models.", "ebm-client");
  program.require_subcommand(0, 1);
  program.footer("Exit status: 0, done; 1, the server said no or cannot be reached; 2, called wrongly.");
  std::vector<std::pair<const CLI::App*, CommandBody>> bodies;
  for (const Command& command : kCommands) {
    CLI::App* const subcommand = program.add_subcommand(command.name, command.help);
    bodies.emplace_back(subcommand, command.add(*subcommand));
  }
  std::ranges::reverse(args);  // the order in which CLI11 wants them
  try {
    program.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    console.out << program.help();
    return absl::OkStatus();
  } catch (const CLI::ParseError& error) {
    return UsageError(absl::StrCat(error.what(), " (--help tells more)"));
  }
  const auto chosen = std::ranges::find_if(bodies, [](const auto& body) { return body.first->parsed(); });
  if (chosen == bodies.end()) return UsageError("a command is missing (--help tells more)");
  return chosen->second(console);
}

// A full disk under standard output is an error that nobody else would report.
absl::Status FlushOutput(const Console& console) {
  console.out.flush();
  return console.out ? absl::OkStatus() : UsageError("standard output cannot be written to");
}

absl::Status RunAndFlush(std::vector<std::string> args, const Console& console) {
  absl::Status status = ParseAndRun(std::move(args), console);
  status.Update(FlushOutput(console));
  return status;
}

}  // namespace

int RunClient(std::vector<std::string> args, const Console& console) {
  absl::Status status;
  try {
    status = RunAndFlush(std::move(args), console);
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  }
  if (!status.ok()) console.err << ErrorLine(status) << std::endl;
  return ExitStatus(status);
}

}  // namespace ebm::client
