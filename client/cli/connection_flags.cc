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

absl::StatusOr<Client> Connect(const ConnectionFlags& flags) { return AsUsage(Client::Connect(flags.options)); }

}  // namespace ebm::client
