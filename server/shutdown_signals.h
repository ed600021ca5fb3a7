// Waits for SIGTERM, SIGINT and, unless it is ignored, SIGHUP in a blocking call, instead of signal handlers.

#ifndef EBM_SERVER_SHUTDOWN_SIGNALS_H_
#define EBM_SERVER_SHUTDOWN_SIGNALS_H_

namespace ebm {

// Blocks these signals for this thread and all threads that it starts, so call it before any thread starts.
void BlockShutdownSignals();

// Waits for the first signal and returns its number. A second signal then ends the process immediately.
int WaitForShutdownSignal();

}  // namespace ebm

#endif  // EBM_SERVER_SHUTDOWN_SIGNALS_H_
