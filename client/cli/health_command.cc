#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "client/client.h"
#include "client/connection_options.h"
#include "client/flags/transport_flags.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

struct HealthFlags {
  ConnectionOptions options;
  std::string service;
  bool watch = false;
};

const char* TextOf(Serving serving) {
  switch (serving) {
    case Serving::kYes:
      return "serving";
    case Serving::kNo:
      return "not serving";
    case Serving::kUnknown:
      break;
  }
  return "unknown";
}

absl::Status Health(const HealthFlags& flags, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const Client client, AsUsage(Client::Connect(flags.options)));
  if (flags.watch) {
    return client.WatchHealth(flags.service, [&](Serving serving) {
      console.out << TextOf(serving) << "\n" << std::flush;
    });
  }
  EBM_ASSIGN_OR_RETURN(const Serving serving, client.CheckHealth(flags.service));
  console.out << TextOf(serving) << "\n";
  if (serving == Serving::kYes) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(flags.service.empty() ? "the server" : flags.service, " is ", TextOf(serving)));
}

}  // namespace

CommandBody AddHealthCommand(CLI::App& command) {
  const auto flags = std::make_shared<HealthFlags>();
  AddTransportFlags(command, flags->options);
  command
      .add_option(
          "--service", flags->service,
          "A service of the server, such as ebm.v1.InferenceService or liveness (default: the server as a whole)")
      ->type_name("NAME");
  command.add_flag("--watch", flags->watch, "Print the state now and at every change, until the server ends");
  command.footer(
      "Exit status: 0, serving; 1, not serving, unknown, or the server cannot be reached; 2, usage error. If the "
      "server has several addresses, one of them is asked.");
  return [flags](const Console& console) { return Health(*flags, console); };
}

}  // namespace ebm::client
