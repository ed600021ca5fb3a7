// Checks of flag values. An error is one line with the text given and the expected form; the parser adds the flag's
// name.

#ifndef EBM_CLIENT_FLAGS_FLAG_CHECKS_H_
#define EBM_CLIENT_FLAGS_FLAG_CHECKS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace ebm::client {

// HOST:PORT, or a gRPC target with a scheme: dns, ipv4, ipv6 or unix.
CLI::Validator ServerTarget();
CLI::Validator PositiveNumber();     // finite, above 0
CLI::Validator NonNegativeNumber();  // finite, 0 or above
CLI::Validator OneOf(const std::vector<std::string>& words);

}  // namespace ebm::client

#endif  // EBM_CLIENT_FLAGS_FLAG_CHECKS_H_
