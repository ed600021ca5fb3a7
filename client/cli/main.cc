#include <string>
#include <thread>
#include <vector>

#include "client/cli/console.h"
#include "client/cli/run_client.h"
#include "model/process/run_program.h"

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-client", ebm::ReaderGone::kEndsProgram, [&] {
    std::thread([] {}).join();  // throws if there is none, for which gRPC would wait for ever
    return ebm::client::RunClient(std::vector<std::string>(argv + 1, argv + argc), ebm::client::StandardConsole());
  });
}
