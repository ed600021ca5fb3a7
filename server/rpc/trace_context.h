// The W3C trace context of a call (https://www.w3.org/TR/trace-context/): the header `traceparent`, which says which
// trace a call belongs to and which span has made it. The server logs both; it makes no spans of its own and exports
// none.
//
//   traceparent = version "-" trace-id "-" parent-id "-" trace-flags, in lowercase hexadecimal digits: 2, 32, 16, 2
//
// Threads: a free function, reentrant.

#ifndef EBM_SERVER_RPC_TRACE_CONTEXT_H_
#define EBM_SERVER_RPC_TRACE_CONTEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace ebm::rpc {

inline constexpr char kTraceParentHeader[] = "traceparent";

struct TraceContext {
  std::string trace_id;
  std::string parent_id;  // the caller's span

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// nullopt for what is no trace context: version ff, ids of zeros only, anything malformed. Later versions may add
// fields behind another "-", which are ignored.
std::optional<TraceContext> ParseTraceParent(absl::string_view header);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_TRACE_CONTEXT_H_
