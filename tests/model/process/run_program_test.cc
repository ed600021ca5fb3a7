#include "model/process/run_program.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "gtest/gtest.h"

namespace ebm {
namespace {

// Each runs in a process of its own, since a program's frame is set up once.
int RunBody(const std::function<int()>& body) { return RunProgram("ebm-test", ReaderGone::kIsIgnored, body); }

TEST(RunProgramDeathTest, ReturnsTheStatusOfTheBody) {
  EXPECT_EXIT(std::exit(RunBody([] { return 7; })), testing::ExitedWithCode(7), "^$");
}

TEST(RunProgramDeathTest, AnExceptionIsALineAndStatus1) {
  EXPECT_EXIT(std::exit(RunBody([]() -> int { throw std::runtime_error("nothing left"); })), testing::ExitedWithCode(1),
              "^ebm-test: the computation failed: nothing left\n$");
}

TEST(RunProgramDeathTest, AnAbortIsALine) {
  EXPECT_EXIT(RunBody([]() -> int { std::abort(); }), testing::KilledBySignal(SIGABRT),
              "^ebm-test: aborted by a library, usually for lack of threads or memory\n$");
}

TEST(RunProgramDeathTest, AnAbortFromOutsideEndsTheProgram) {
  EXPECT_EXIT(RunBody([] {
                kill(getpid(), SIGABRT);
                return 0;
              }),
              testing::KilledBySignal(SIGABRT), "aborted");
}

}  // namespace
}  // namespace ebm
