// The server's log: one line per event, on stderr. Requests are not logged; metrics count them.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_LOG_H_
#define EBM_SERVER_OBSERVE_LOG_H_

#include <string_view>

namespace ebm::observe {

void LogEvent(std::string_view event);

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_LOG_H_
