// The program `ebm-client` as a function, so that tests can run it without a process.

#ifndef EBM_CLIENT_CLI_RUN_CLIENT_H_
#define EBM_CLIENT_CLI_RUN_CLIENT_H_

#include <string>
#include <vector>

#include "client/cli/console.h"

namespace ebm::client {

// args: without the program's name. Returns the exit status 0, 1 or 2 (command_status.h). An error is one line on
// console.err. Throws no exceptions.
int RunClient(std::vector<std::string> args, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_RUN_CLIENT_H_
