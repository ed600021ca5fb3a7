// Waits for SIGTERM, SIGINT and SIGHUP in a blocking call, instead of signal handlers. A SIGHUP that is ignored when
// the program starts, as nohup does, stays ignored, unless it is used to reload.

#ifndef EBM_SERVER_SIGNALS_H_
#define EBM_SERVER_SIGNALS_H_

#include <atomic>
#include <optional>
#include <thread>

#include "absl/time/time.h"

namespace ebm {

// Blocks these signals for this thread and all threads that it starts, so call it before any thread starts.
void BlockSignals();

// Waits also for a SIGHUP that was ignored.
void AcceptHangUp();

// Waits for the next signal and returns its number; nullopt if there is none in time.
std::optional<int> WaitForSignal(absl::Duration limit);

// From now on, a signal ends the process at once. Call it once.
void EndAtNextSignal();

// While it exists, SIGTERM and SIGINT end the process at once, and SIGHUP has no effect: for the start, which has
// nothing to finish. The exit status is 128 + N for signal N.
class EndAtSignals {
 public:
  EndAtSignals();
  ~EndAtSignals();
  EndAtSignals(const EndAtSignals&) = delete;
  EndAtSignals& operator=(const EndAtSignals&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace ebm

#endif  // EBM_SERVER_SIGNALS_H_
