// Where the configuration of a running server comes from, so that it can be read again.

#ifndef EBM_SERVER_CONFIG_SOURCE_H_
#define EBM_SERVER_CONFIG_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "ebm/config/v1/server_config.pb.h"

namespace ebm {

struct ConfigSource {
  config::v1::ServerConfig flags;  // what the command line and the environment set
  std::string file;                // empty: none
};

// Flags, file and defaults together; what the machine decides (workers, memory) is set, too. Errors: those of reading
// the file, ParseConfig and CombineConfig.
absl::StatusOr<config::v1::ServerConfig> ReadConfig(const ConfigSource& source);

}  // namespace ebm

#endif  // EBM_SERVER_CONFIG_SOURCE_H_
