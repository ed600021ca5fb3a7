// The configuration of ebm-server (proto/ebm/config/v1/server_config.proto), from flags and a file.
//
// Errors: InvalidArgument, with a line for each mistake. Those of the file are named with their places.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_CONFIG_SERVER_CONFIG_H_
#define EBM_SERVER_CONFIG_SERVER_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ebm/config/v1/server_config.pb.h"

namespace ebm::config {

// Reads and checks each field of a text. file: its name in errors.
absl::StatusOr<v1::ServerConfig> ParseConfig(const std::string& file, const std::string& text);

// What counts if both are given: the flags, then the file, then defaults. Fields without a default stay unset if
// neither sets them. Checks what fields say together.
absl::StatusOr<v1::ServerConfig> CombineConfig(const v1::ServerConfig& flags, const v1::ServerConfig& file);

// The names of the fields that differ: those that take effect at once, and those that need a restart.
struct ChangedFields {
  std::vector<std::string> reloaded;
  std::vector<std::string> need_restart;
};
ChangedFields CompareConfigs(const v1::ServerConfig& before, const v1::ServerConfig& after);

// The configuration as a file would have it.
std::string PrintConfig(const v1::ServerConfig& config);

}  // namespace ebm::config

#endif  // EBM_SERVER_CONFIG_SERVER_CONFIG_H_
