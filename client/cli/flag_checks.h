// Checks of flag values. An error is one line with the text given and the expected form; the parser adds the flag's
// name.

#ifndef EBM_CLIENT_CLI_FLAG_CHECKS_H_
#define EBM_CLIENT_CLI_FLAG_CHECKS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace ebm::client {

CLI::Validator HostAndPort();
CLI::Validator PositiveNumber();     // finite, above 0
CLI::Validator NonNegativeNumber();  // finite, 0 or above
CLI::Validator OneOf(const std::vector<std::string>& words);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_FLAG_CHECKS_H_
