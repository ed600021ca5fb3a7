#include <string>
#include <vector>

#include "client/cli/console.h"
#include "client/cli/run_client.h"

int main(int argc, char** argv) {
  return ebm::client::RunClient(std::vector<std::string>(argv + 1, argv + argc), ebm::client::StandardConsole());
}
