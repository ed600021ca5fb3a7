// The server's log: one line per event, with fields, as text or JSON.
//
//   text  2026-11-30T17:36:10.123456Z info model_loaded checkpoint=digits.safetensors
//   JSON {"time":"2026-11-30T17:36:10.123456Z","level":"info","event":"model_loaded","checkpoint":"digits.safetensors"}
//
// The time is UTC. Keys stay the same between versions: fields are added, and not renamed. Events are named in the past
// tense or by what they are, in lowercase with underscores; server/observe/README.md lists them.
//
// A line that cannot be written (a full disk, no memory) is lost; the server goes on.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_LOG_H_
#define EBM_SERVER_OBSERVE_LOG_H_

#include <atomic>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <span>

#include "absl/strings/string_view.h"
#include "server/observe/log_line.h"

namespace ebm::observe {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning", "error"; "text", "json". nullopt for other names.
std::optional<LogLevel> LogLevelOf(absl::string_view name);
std::optional<LogFormat> LogFormatOf(absl::string_view name);

struct LogOptions {
  LogFormat format = LogFormat::kText;
  LogLevel level = LogLevel::kInfo;  // of the least important events that are written
};

class Log {
 public:
  // Writes to stderr, or to `out`, which is borrowed.
  explicit Log(const LogOptions& options);
  Log(const LogOptions& options, std::ostream* out);
  ~Log();

  // May be called while others write.
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  bool Writes(LogLevel level) const { return level >= this->level(); }

  void Write(LogLevel level, absl::string_view event, std::span<const LogField> fields);
  void Info(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, event, {fields.begin(), fields.size()});
  }
  void Warning(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarning, event, {fields.begin(), fields.size()});
  }
  void Error(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, event, {fields.begin(), fields.size()});
  }

 private:
  struct Writer;  // of the logging library

  const LogFormat format_;
  std::atomic<LogLevel> level_;
  const std::unique_ptr<Writer> writer_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_LOG_H_
