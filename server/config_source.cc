#include "server/config_source.h"

#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/process/memory_limit.h"
#include "model/process/usable_cores.h"
#include "server/config/server_config.h"

namespace ebm {

absl::StatusOr<config::v1::ServerConfig> ReadConfig(const ConfigSource& source) {
  constexpr size_t kLargestFile = 1 << 20;
  config::v1::ServerConfig file;
  if (!source.file.empty()) {
    EBM_ASSIGN_OR_RETURN(const std::string text, ReadFileBytes(source.file, kLargestFile));
    EBM_ASSIGN_OR_RETURN(file, config::ParseConfig(source.file, text));
  }
  EBM_ASSIGN_OR_RETURN(config::v1::ServerConfig config, config::CombineConfig(source.flags, file));
  if (!config.has_workers()) config.set_workers(UsableCores());
  if (!config.has_max_request_memory_mb()) config.set_max_request_memory_mb(DefaultRequestMemoryMb("/"));
  return config;
}

}  // namespace ebm
