#include "model/process/run_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <iostream>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "model/core/guarded.h"

namespace ebm {
namespace {

constexpr int kFailure = 1;
constexpr size_t kLongestName = 64;

// For the signal handler.
char program_name[kLongestName] = "";

// open returns the lowest free descriptor, which is the one that is closed. Standard output is opened for reading, so
// that what is written to it is an error.
void OpenClosedStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// Only the functions of signal-safety(7) may be called here.
void TellOfAbort(int /*signal*/) {
  constexpr char kLine[] = ": aborted by a library, usually for lack of threads or memory\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, program_name, strnlen(program_name, kLongestName));
  written = write(STDERR_FILENO, kLine, sizeof(kLine) - 1);
  std::signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);  // abort() would do it; a signal from outside would not
}

int FlushOutput(const std::string& name, int status) {
  std::cout.flush();
  if (std::cout) return status;
  std::cerr << name << ": cannot write to standard output\n";
  return status == 0 ? kFailure : status;
}

}  // namespace

void RequireThreads(int count) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::vector<std::jthread> threads;  // joined on every path, after `end` is set or gone
  const absl::Cleanup release = [&end] { end.set_value(); };
  threads.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([ended] { ended.wait(); });
}

int RunProgram(const std::string& name, ReaderGone reader_gone, const std::function<int()>& body) {
  OpenClosedStreams();
  name.copy(program_name, kLongestName - 1);
  std::signal(SIGABRT, TellOfAbort);
  std::signal(SIGXFSZ, SIG_IGN);
  if (reader_gone == ReaderGone::kIsIgnored) std::signal(SIGPIPE, SIG_IGN);
  int exit_status = kFailure;
  const absl::Status status = Guarded([&] {
    exit_status = body();
    return absl::OkStatus();
  });
  if (!status.ok()) std::cerr << name << ": " << status.message() << '\n';
  return FlushOutput(name, exit_status);
}

}  // namespace ebm
