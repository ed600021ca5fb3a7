// Flags made from the fields of a configuration message: --NAME for each field, with its help, limits and default.

#ifndef EBM_SERVER_CONFIG_FLAGS_H_
#define EBM_SERVER_CONFIG_FLAGS_H_

#include "CLI/CLI.hpp"
#include "google/protobuf/message.h"

namespace ebm::config {

// A flag, or the environment variable that stands for it, sets its field of the message. The message outlives the app.
void AddFlags(CLI::App* app, google::protobuf::Message* message);

}  // namespace ebm::config

#endif  // EBM_SERVER_CONFIG_FLAGS_H_
