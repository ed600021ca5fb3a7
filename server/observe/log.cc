#include "server/observe/log.h"

#include <memory>

#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace ebm::observe {

void LogEvent(std::string_view event) {
  static const std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("ebm-server");
  logger->info("{}", event);
}

}  // namespace ebm::observe
