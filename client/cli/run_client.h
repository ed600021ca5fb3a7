// The program `ebm-client` without its process: arguments in, text and an exit status out.

#ifndef EBM_CLIENT_CLI_RUN_CLIENT_H_
#define EBM_CLIENT_CLI_RUN_CLIENT_H_

#include <string>
#include <vector>

#include "client/cli/console.h"

namespace ebm::client {

// args: without the program's name. Returns 0, 1 or 2 (command_status.h); an error is one line on console.err. No
// exception leaves it.
int RunClient(std::vector<std::string> args, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_RUN_CLIENT_H_
