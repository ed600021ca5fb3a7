#include "client/cli/connection_flags.h"

#include "absl/time/time.h"
#include "client/cli/flag_checks.h"

namespace ebm::client {

void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags) {
  command.add_option("--server", flags.server, "The server's address")
      ->required()
      ->type_name("HOST:PORT")
      ->check(HostAndPort());
  command.add_option("--deadline", flags.deadline_seconds, "Time limit for each call (default: none)")
      ->type_name("SECONDS")
      ->check(PositiveNumber());
  command
      .add_option_function<std::string>(
          "--format",
          [&flags](const std::string& text) {
            flags.format = text == "json" ? OutputFormat::kJson : OutputFormat::kTable;
          },
          "Output format (default: table)")
      ->type_name("{table,json}")
      ->check(OneOf({"table", "json"}));
}

void AddModelFlags(CLI::App& command, ConnectionFlags& flags) {
  command.add_option("--model", flags.model.name, "The model's name (default: the server's only model)")
      ->type_name("NAME");
  command.add_option("--model_version", flags.model.version, "The model's version (default: the newest)")
      ->type_name("VERSION");
}

Client Connect(const ConnectionFlags& flags) {
  ClientOptions options;
  if (flags.deadline_seconds > 0.0) options.deadline = absl::Seconds(flags.deadline_seconds);
  return Client::Connect(flags.server, options);
}

}  // namespace ebm::client
