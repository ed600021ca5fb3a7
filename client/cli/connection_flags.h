// The flags that all commands share: the connection (client/flags/transport_flags.h) and the output format,
// and the model (client/flags/model_flags.h), which each command adds that needs it.

#ifndef EBM_CLIENT_CLI_CONNECTION_FLAGS_H_
#define EBM_CLIENT_CLI_CONNECTION_FLAGS_H_

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/connection_options.h"
#include "client/messages.h"

namespace ebm::client {

enum class OutputFormat { kTable, kJson };

struct ConnectionFlags {
  ConnectionOptions options;
  ModelSelector model;
  OutputFormat format = OutputFormat::kTable;
};

// `flags` must outlive the parse.
void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags);

// Usage error for flags that do not fit together, and for files that cannot be read.
absl::StatusOr<Client> Connect(const ConnectionFlags& flags);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_CONNECTION_FLAGS_H_
