// The commands of `ebm-client`. Each function adds its flags to a subcommand and returns the body to run after the
// parse. The body owns the flags, so it must outlive the parse.

#ifndef EBM_CLIENT_CLI_COMMANDS_H_
#define EBM_CLIENT_CLI_COMMANDS_H_

#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "client/cli/console.h"

namespace ebm::client {

using CommandBody = std::function<absl::Status(const Console&)>;

CommandBody AddClassifyCommand(CLI::App& command);
CommandBody AddScoreCommand(CLI::App& command);
CommandBody AddSampleCommand(CLI::App& command);
CommandBody AddImputeCommand(CLI::App& command);
CommandBody AddModelsCommand(CLI::App& command);
CommandBody AddHealthCommand(CLI::App& command);
CommandBody AddFetchCommand(CLI::App& command);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_COMMANDS_H_
