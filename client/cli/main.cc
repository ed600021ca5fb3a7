#include <cstdlib>
#include <string>
#include <vector>

#include "client/cli/console.h"
#include "client/cli/run_client.h"
#include "model/process/run_program.h"

namespace {

constexpr int kThreadsOfGrpc = 8;

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-client", ebm::ReaderGone::kEndsProgram, [&] {
    ebm::RequireThreads(kThreadsOfGrpc);
    // The status of a call says what failed, on one line. gRPC's own lines about it help developers only.
    setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
    return ebm::client::RunClient(std::vector<std::string>(argv + 1, argv + argc), ebm::client::StandardConsole());
  });
}
