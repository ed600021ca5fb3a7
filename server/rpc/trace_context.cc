#include "server/rpc/trace_context.h"

#include <algorithm>
#include <cstddef>

namespace ebm::rpc {
namespace {

constexpr size_t kTraceId = 3;  // where the parts begin
constexpr size_t kParentId = 36;
constexpr size_t kFlags = 53;
constexpr size_t kLength = 55;  // of version 00

bool IsLowercaseHex(absl::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(absl::string_view id) {
  return std::ranges::all_of(id, [](char c) { return c == '0'; });
}

bool HasForm(absl::string_view header) {
  if (header.size() < kLength || header[kTraceId - 1] != '-' || header[kParentId - 1] != '-' ||
      header[kFlags - 1] != '-') {
    return false;
  }
  const absl::string_view version = header.substr(0, 2);
  if (version == "ff") return false;
  return header.size() == kLength || (version != "00" && header[kLength] == '-');
}

}  // namespace

std::optional<TraceContext> ParseTraceParent(absl::string_view header) {
  if (!HasForm(header)) return std::nullopt;
  const absl::string_view version = header.substr(0, 2);
  const absl::string_view trace_id = header.substr(kTraceId, kParentId - 1 - kTraceId);
  const absl::string_view parent_id = header.substr(kParentId, kFlags - 1 - kParentId);
  for (const absl::string_view part : {version, trace_id, parent_id, header.substr(kFlags, 2)}) {
    if (!IsLowercaseHex(part)) return std::nullopt;
  }
  if (IsZero(trace_id) || IsZero(parent_id)) return std::nullopt;
  return TraceContext{.trace_id = std::string(trace_id), .parent_id = std::string(parent_id)};
}

}  // namespace ebm::rpc
