// The flags that all commands share: the server, the model, the deadline and the output format.

#ifndef EBM_CLIENT_CLI_CONNECTION_FLAGS_H_
#define EBM_CLIENT_CLI_CONNECTION_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "client/client.h"
#include "client/messages.h"

namespace ebm::client {

enum class OutputFormat { kTable, kJson };

struct ConnectionFlags {
  std::string server;             // HOST:PORT
  double deadline_seconds = 0.0;  // per call; 0: no deadline
  ModelSelector model;
  OutputFormat format = OutputFormat::kTable;
};

// `flags` must outlive the parse.
void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags);
void AddModelFlags(CLI::App& command, ConnectionFlags& flags);

Client Connect(const ConnectionFlags& flags);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_CONNECTION_FLAGS_H_
