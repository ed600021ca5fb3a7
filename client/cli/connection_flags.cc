#include "client/cli/connection_flags.h"

#include <string>

#include "client/cli/command_status.h"
#include "client/flags/flag_checks.h"
#include "client/flags/transport_flags.h"

namespace ebm::client {

void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags) {
  AddTransportFlags(command, flags.options);
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
  auto* const version = command
                            .add_option("--model_version", flags.model.version,
                                        "The model's version (default: the one labelled stable, or else the newest)")
                            ->type_name("VERSION");
  command.add_option("--label", flags.model.label, "The version that has this label, such as canary")
      ->type_name("LABEL")
      ->excludes(version);
}

absl::StatusOr<Client> Connect(const ConnectionFlags& flags) { return AsUsage(Client::Connect(flags.options)); }

}  // namespace ebm::client
