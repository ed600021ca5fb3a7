// Lets a command end in good order at SIGINT and SIGTERM: the first one is noted, a second one ends the program.
//
// Threads: one InterruptNote at a time in a process; requested() may be called from any thread.

#ifndef EBM_CLIENT_CLI_INTERRUPT_H_
#define EBM_CLIENT_CLI_INTERRUPT_H_

#include <signal.h>

namespace ebm::client {

class InterruptNote {
 public:
  InterruptNote();
  InterruptNote(const InterruptNote&) = delete;
  InterruptNote& operator=(const InterruptNote&) = delete;
  ~InterruptNote();  // restores what the signals did before

  bool requested() const;

 private:
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_INTERRUPT_H_
