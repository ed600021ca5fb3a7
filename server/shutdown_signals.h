// SIGTERM and SIGINT as a call that waits, in place of handlers that interrupt.

#ifndef EBM_SERVER_SHUTDOWN_SIGNALS_H_
#define EBM_SERVER_SHUTDOWN_SIGNALS_H_

namespace ebm {

// For this thread and all that it starts, so call it before any thread starts. Also ignores SIGPIPE: a reader that goes
// away is an error code, not the end of the process.
void BlockShutdownSignals();

// Waits for the first signal and returns its number. From then on a second one ends the process at once.
int WaitForShutdownSignal();

}  // namespace ebm

#endif  // EBM_SERVER_SHUTDOWN_SIGNALS_H_
