// The frame of every program's main.
//
// No exception escapes: it becomes one line on stderr and exit status 1. Output that is lost, because standard output
// is closed or full, becomes such a line as well. If a library aborts, as gRPC does when it gets no thread, the process
// ends by SIGABRT, but with a line. SIGXFSZ is ignored, so that a write beyond a limit on the size of
// files fails with an error. Standard streams that are closed are opened, so that no other file gets their descriptors
// and with them what the program prints.
//
// Threads: to be called once, before other threads start.

#ifndef EBM_MODEL_PROCESS_RUN_PROGRAM_H_
#define EBM_MODEL_PROCESS_RUN_PROGRAM_H_

#include <functional>
#include <string>

namespace ebm {

// What happens when the reader of standard output is gone, such as `head`: the program ends (by SIGPIPE), or it
// continues, since it has other results than what it prints.
enum class ReaderGone { kEndsProgram, kIsIgnored };

// Returns the exit status of the body, or 1. name: of the program, for errors.
int RunProgram(const std::string& name, ReaderGone reader_gone, const std::function<int()>& body);

// Throws std::system_error unless the system allows so many more threads at the moment. For programs that use gRPC,
// which aborts, or waits for ever, when it gets no thread.
void RequireThreads(int count);

}  // namespace ebm

#endif  // EBM_MODEL_PROCESS_RUN_PROGRAM_H_
