#include "server/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <thread>

namespace ebm {
namespace {

sigset_t HandledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  struct sigaction hang_up {};
  const bool is_ignored = sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;  // by nohup
  if (!is_ignored) sigaddset(&signals, SIGHUP);
  return signals;
}

void Block() {
  const sigset_t signals = HandledSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// 128 + number is the status that shells report for a process that a signal ended. A lost session can send SIGHUP
// twice, which is no second request.
void EndAtSignalUnless(const std::atomic<bool>& done) {
  constexpr absl::Duration kTick = absl::Milliseconds(50);
  while (!done) {
    const std::optional<int> number = WaitForSignal(kTick);
    if (number.has_value() && *number != SIGHUP) _exit(128 + *number);
  }
}

}  // namespace

void BlockSignals() { Block(); }

// The signal stays blocked: it is ignored only until its action is the default one, which waiting replaces.
void AcceptHangUp() {
  sigset_t hang_up;
  sigemptyset(&hang_up);
  sigaddset(&hang_up, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &hang_up, nullptr);
  signal(SIGHUP, SIG_DFL);
}

std::optional<int> WaitForSignal(absl::Duration limit) {
  const sigset_t signals = HandledSignals();
  const timespec time = absl::ToTimespec(limit);
  const int number = sigtimedwait(&signals, nullptr, &time);
  if (number > 0) return number;
  return std::nullopt;  // after the time, or woken by something else
}

void EndAtNextSignal() {
  try {
    std::thread([] {
      const std::atomic<bool> never = false;
      EndAtSignalUnless(never);
    }).detach();
  } catch (const std::system_error&) {
    // Without a thread for it, a second signal has no effect.
  }
}

EndAtSignals::EndAtSignals() : thread_([this] { EndAtSignalUnless(done_); }) {}

EndAtSignals::~EndAtSignals() {
  done_ = true;
  thread_.join();
}

}  // namespace ebm
