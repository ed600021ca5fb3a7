// The access log: one line, of the event `request` and level info, for each call that is over. README.md lists its
// fields.
//
// Lines of errors are limited to kErrorsPerMinute of each status code, so that a storm of refusals does not become one
// of log lines, unless all requests are logged.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_ACCESS_LOG_H_
#define EBM_SERVER_OBSERVE_ACCESS_LOG_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/batching/clock.h"
#include "server/observe/log.h"
#include "server/observe/rate_limited.h"
#include "server/rpc/call_record.h"

namespace ebm::observe {

enum class LogRequests { kNone, kErrors, kAll };

// "none", "errors", "all"; nullopt for other names.
std::optional<LogRequests> LogRequestsOf(absl::string_view name);

class AccessLog final : public rpc::CallLog {
 public:
  static constexpr int64_t kErrorsPerMinute = 600;

  // log and clock: borrowed, outlive the object.
  AccessLog(LogRequests which, Log* log, const batching::Clock* clock);

  // May be called while calls end.
  void set_which(LogRequests which) { which_.store(which, std::memory_order_relaxed); }

  bool Wants(absl::StatusCode code) override;
  void Ended(const rpc::CallRecord& call) override;

 private:
  void WriteLine(const rpc::CallRecord& call);

  std::atomic<LogRequests> which_;
  Log& log_;
  std::deque<RateLimited> limits_;  // by code
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_ACCESS_LOG_H_
