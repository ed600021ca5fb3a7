#include "client/cli/interrupt.h"

namespace ebm::client {
namespace {

volatile sig_atomic_t signal_was_noted = 0;

extern "C" void NoteSignal(int /*signal*/) { signal_was_noted = 1; }

}  // namespace

InterruptNote::InterruptNote() {
  signal_was_noted = 0;
  struct sigaction note {};
  note.sa_handler = NoteSignal;
  note.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigemptyset(&note.sa_mask);
  sigaction(SIGINT, &note, &interrupt_before_);
  sigaction(SIGTERM, &note, &terminate_before_);
}

InterruptNote::~InterruptNote() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

bool InterruptNote::requested() const { return signal_was_noted != 0; }

}  // namespace ebm::client
