#include "server/observe/access_log.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "model/core/guarded.h"
#include "server/rpc/code_name.h"

namespace ebm::observe {
namespace {

void AddText(std::vector<LogField>& fields, absl::string_view name, const std::string& text) {
  if (!text.empty()) fields.push_back({.name = name, .value = text});
}

void AddSeconds(std::vector<LogField>& fields, absl::string_view name, const std::optional<absl::Duration>& duration) {
  if (duration.has_value()) fields.push_back({.name = name, .value = absl::ToDoubleSeconds(*duration)});
}

void AddCount(std::vector<LogField>& fields, absl::string_view name, int64_t count) {
  if (count > 0) fields.push_back({.name = name, .value = count});
}

void AddWork(std::vector<LogField>& fields, const inference::CallWork& work) {
  AddText(fields, "model", work.model);
  AddText(fields, "version", work.version);
  AddCount(fields, "rows", work.rows);
  AddCount(fields, "chains", work.chains);
  AddCount(fields, "steps", work.steps);
  AddSeconds(fields, "queue_seconds", work.queued);
  AddSeconds(fields, "compute_seconds", work.computed);
}

}  // namespace

std::optional<LogRequests> LogRequestsOf(absl::string_view name) {
  if (name == "none") return LogRequests::kNone;
  if (name == "errors") return LogRequests::kErrors;
  if (name == "all") return LogRequests::kAll;
  return std::nullopt;
}

AccessLog::AccessLog(LogRequests which, Log* log, const batching::Clock* clock) : which_(which), log_(*log) {
  for (size_t code = 0; code < rpc::kCodeNames.size(); ++code) limits_.emplace_back(kErrorsPerMinute, clock);
}

bool AccessLog::Wants(absl::StatusCode code) {
  if (which_ == LogRequests::kNone || !log_.Writes(LogLevel::kInfo)) return false;
  if (which_ == LogRequests::kAll) return true;
  return code != absl::StatusCode::kOk && limits_[rpc::CodeIndex(code)].Admit();
}

// Without memory for it, the line is lost.
void AccessLog::Ended(const rpc::CallRecord& call) {
  Guarded([&] {
    WriteLine(call);
    return absl::OkStatus();
  }).IgnoreError();
}

void AccessLog::WriteLine(const rpc::CallRecord& call) {
  constexpr size_t kMostFields = 18;
  std::vector<LogField> fields;
  fields.reserve(kMostFields);
  fields.push_back({.name = "request_id", .value = call.request_id});
  fields.push_back({.name = "method", .value = call.method});
  fields.push_back({.name = "code", .value = rpc::CodeName(call.code)});
  AddWork(fields, call.work);
  AddSeconds(fields, "total_seconds", call.total);
  AddText(fields, "peer", call.peer);
  AddText(fields, "token", call.token_name);
  if (call.trace.has_value()) {
    AddText(fields, "trace_id", call.trace->trace_id);
    AddText(fields, "parent_id", call.trace->parent_id);
  }
  AddText(fields, "error", call.error);
  AddCount(fields, "suppressed", limits_[rpc::CodeIndex(call.code)].TakeSuppressed());
  log_.Write(LogLevel::kInfo, "request", fields);
}

}  // namespace ebm::observe
