// The flags of programs that call servers: where they are, TLS, the token, deadlines and retries. They set a
// ConnectionOptions; what one flag alone cannot decide is checked by its Validate.

#ifndef EBM_CLIENT_FLAGS_TRANSPORT_FLAGS_H_
#define EBM_CLIENT_FLAGS_TRANSPORT_FLAGS_H_

#include "CLI/CLI.hpp"
#include "client/connection_options.h"

namespace ebm::client {

// `options` must outlive the parse; the defaults of --deadline and --retries are what it holds.
void AddTransportFlags(CLI::App& command, ConnectionOptions& options);

}  // namespace ebm::client

#endif  // EBM_CLIENT_FLAGS_TRANSPORT_FLAGS_H_
