#include "server/shutdown_signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <thread>

namespace ebm {
namespace {

sigset_t ShutdownSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  struct sigaction hang_up {};
  const bool is_ignored = sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;  // by nohup
  if (!is_ignored) sigaddset(&signals, SIGHUP);
  return signals;
}

int Wait() {
  const sigset_t signals = ShutdownSignals();
  int number = 0;
  sigwait(&signals, &number);
  return number;
}

// A lost session can send SIGHUP twice, which is no second request.
int WaitForSecond() {
  int number = SIGHUP;
  while (number == SIGHUP) number = Wait();
  return number;
}

}  // namespace

void BlockShutdownSignals() {
  const sigset_t signals = ShutdownSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int WaitForShutdownSignal() {
  const int number = Wait();
  // 128 + number is the status that shells report for a process that a signal ended.
  try {
    std::thread([] { _exit(128 + WaitForSecond()); }).detach();
  } catch (const std::system_error&) {
    // Without a thread for it, a second signal has no effect.
  }
  return number;
}

}  // namespace ebm
