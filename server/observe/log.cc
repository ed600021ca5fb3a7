#include "server/observe/log.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "model/core/guarded.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace ebm::observe {
namespace {

constexpr const char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%fZ %l %v";
constexpr const char kJsonPattern[] = R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})";

// In the order of LogLevel.
constexpr std::array<absl::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};
constexpr std::array kSpdlogLevels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                      spdlog::level::err};

}  // namespace

struct Log::Writer {
  // Log decides what is written, so the logger takes everything.
  Writer(LogFormat format, spdlog::sink_ptr sink) : logger("ebm-server", std::move(sink)) {
    logger.set_level(spdlog::level::trace);
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == LogFormat::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc));
  }

  spdlog::logger logger;
};

std::optional<LogLevel> LogLevelOf(absl::string_view name) {
  for (size_t level = 0; level < kLevelNames.size(); ++level) {
    if (name == kLevelNames[level]) return static_cast<LogLevel>(level);
  }
  return std::nullopt;
}

std::optional<LogFormat> LogFormatOf(absl::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  return std::nullopt;
}

Log::Log(const LogOptions& options)
    : format_(options.format),
      level_(options.level),
      writer_(std::make_unique<Writer>(options.format, std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Log::Log(const LogOptions& options, std::ostream* out)
    : format_(options.format),
      level_(options.level),
      writer_(std::make_unique<Writer>(options.format, std::make_shared<spdlog::sinks::ostream_sink_mt>(*out))) {}

Log::~Log() = default;

void Log::Write(LogLevel level, absl::string_view event, std::span<const LogField> fields) {
  if (!Writes(level)) return;
  // Without memory for it, the line is lost.
  Guarded([&] {
    const std::string line = FormatEvent(format_, event, fields);
    writer_->logger.log(kSpdlogLevels[static_cast<size_t>(level)], spdlog::string_view_t(line.data(), line.size()));
    return absl::OkStatus();
  }).IgnoreError();
}

}  // namespace ebm::observe
